from otter.test_files import test_case

OK_FORMAT = False

name = "weight_grad_2d"
points = 1


@test_case(name="weight_grad_2d")
def test_weight_grad_2d(env):
    from cnnlab.exercises import check

    function = env.get("my_weight_grad_2d") or env.get("weight_grad_2d")
    assert function is not None, "there is no function weight_grad_2d or my_weight_grad_2d"
    report = check("weight_grad_2d", function)
    assert report.passed, f"\n{report}"
