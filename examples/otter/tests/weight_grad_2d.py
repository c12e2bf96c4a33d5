from otter.test_files import test_case

OK_FORMAT = False

name = "weight_grad_2d"
points = 1


@test_case(name="weight_grad_2d")
def test_weight_grad_2d(weight_grad_2d):
    from cnnlab.exercises import check

    assert weight_grad_2d is not None, "there is no function weight_grad_2d"
    report = check("weight_grad_2d", weight_grad_2d)
    assert report.passed, f"\n{report}"
