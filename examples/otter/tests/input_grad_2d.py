from otter.test_files import test_case

OK_FORMAT = False

name = "input_grad_2d"
points = 1


@test_case(name="input_grad_2d")
def test_input_grad_2d(env):
    from cnnlab.exercises import check

    function = env.get("my_input_grad_2d") or env.get("input_grad_2d")
    assert function is not None, "there is no function input_grad_2d or my_input_grad_2d"
    report = check("input_grad_2d", function)
    assert report.passed, f"\n{report}"
