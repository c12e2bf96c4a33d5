from otter.test_files import test_case

OK_FORMAT = False

name = "input_grad_2d"
points = 1


@test_case(name="input_grad_2d")
def test_input_grad_2d(input_grad_2d):
    from cnnlab.exercises import check

    assert input_grad_2d is not None, "there is no function input_grad_2d"
    report = check("input_grad_2d", input_grad_2d)
    assert report.passed, f"\n{report}"
