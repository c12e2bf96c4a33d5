from otter.test_files import test_case

OK_FORMAT = False

name = "bias_grad"
points = 1


@test_case(name="bias_grad")
def test_bias_grad(env):
    from cnnlab.exercises import check

    function = env.get("my_bias_grad") or env.get("bias_grad")
    assert function is not None, "there is no function bias_grad or my_bias_grad"
    report = check("bias_grad", function)
    assert report.passed, f"\n{report}"
