from queue import Queue
from threading import Event

from feedback.jobs import Job, Schedule


def test_a_job_runs_when_its_time_has_come_and_a_failing_one_keeps_none_back():
    ran, moment = [], [0.0]

    def often():
        ran.append("often")

    def failing():
        ran.append("failing")
        raise RuntimeError

    def seldom():
        ran.append("seldom")

    schedule = Schedule((Job(often, 1), Job(failing, 1), Job(seldom, 10)), clock=lambda: moment[0])
    schedule.run_due()
    schedule.run_due()
    assert ran == ["often", "failing", "seldom"]
    moment[0] = 1.0
    schedule.run_due()
    assert ran[3:] == ["often", "failing"]


def test_a_job_that_waits_for_others_keeps_none_back_and_runs_once_at_a_time():
    begun, may_end = Queue(), Event()
    ran = []

    def waits():
        begun.put("begun")
        may_end.wait(10)

    def ours():
        ran.append("ours")

    schedule = Schedule((Job(waits, 0, aside=True), Job(ours, 0)))
    schedule.run_due()
    assert begun.get(timeout=10) == "begun"
    schedule.run_due()
    assert (ran, begun.empty()) == (["ours", "ours"], True)
    may_end.set()
