from otter.test_files import test_case

OK_FORMAT = False

name = "bias_grad"
points = 1


@test_case(name="bias_grad")
def test_bias_grad(bias_grad):
    from cnnlab.exercises import check

    assert bias_grad is not None, "there is no function bias_grad"
    report = check("bias_grad", bias_grad)
    assert report.passed, f"\n{report}"
