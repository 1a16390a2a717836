"""Each check holds on what a good server does, and fails on what it is there for; in no time and without a server."""
import types
import unittest

import checks
import laws
import measures
import policies
import traffic
from laws import Loss
from run import Run


def steady(first, count, apart=0.0, took=0.001):
    """Admissions that are called and answered at regular moments."""
    return [(first + number * apart, first + number * apart + took) for number in range(count)]


class Bounds(unittest.TestCase):
    def fixed(self, admissions, losses=()):
        return laws.fixed_windows("u", admissions, 5, 2.0, losses)

    def test_fixed_windows_may_be_used_up_back_to_back(self):
        self.assertIsNone(self.fixed(steady(101.9, 5) + steady(102.01, 5)))

    def test_one_more_in_a_window_is_a_breach(self):
        breach = self.fixed(steady(100.5, 6))
        self.assertEqual((breach.moment, breach.text), (100.0, "6 admitted into a window of 5"))

    def test_who_may_have_been_decided_in_either_window_is_put_where_there_is_room(self):
        self.assertIsNone(self.fixed(steady(100.5, 5) + [(101.9, 102.1)] + steady(102.5, 4)))
        self.assertIsNotNone(self.fixed(steady(100.5, 5) + [(101.9, 102.1)] + steady(102.5, 5)))

    def test_a_loss_excuses_one_limit_more_where_it_happened_and_nowhere_else(self):
        loss = Loss(100.2, 100.4, "a master was killed")
        self.assertIsNone(self.fixed(steady(100.5, 10), [loss]))
        self.assertIsNotNone(self.fixed(steady(100.5, 11), [loss]))
        self.assertIsNotNone(self.fixed(steady(102.5, 6), [loss]))
        self.assertIsNone(self.fixed(steady(100.5, 15), [loss, loss]))

    def test_sliding_windows_do_not_begin_at_round_times(self):
        self.assertIsNone(laws.sliding_windows("u", steady(101.9, 5) + steady(104.9, 5), 5, 3.0))
        self.assertIsNotNone(laws.sliding_windows("u", steady(101.9, 3) + steady(104.0, 3), 5, 3.0))
        loss = Loss(103.0, 103.5, "a master was killed")
        self.assertIsNone(laws.sliding_windows("u", steady(101.9, 5) + steady(104.0, 5), 5, 3.0, [loss]))
        self.assertIsNotNone(laws.sliding_windows("u", steady(110, 6), 5, 3.0, [loss]))

    def test_leases_that_follow_each_other_share_a_slot(self):
        self.assertIsNone(laws.held_at_once("u", [(1, 2), (2, 3), (1, 3)], 2, 3.0))
        self.assertIsNotNone(laws.held_at_once("u", [(1, 2.1), (2, 3), (1, 3)], 2, 3.0))

    def test_a_lease_that_was_forgotten_is_held_until_it_would_have_ended(self):
        holds = [(1, 3.9), (1, 3.9), (2, 3), (2, 3)]
        loss = Loss(1.5, 1.6, "a master was killed")
        self.assertIsNone(laws.held_at_once("u", holds, 2, 3.0, [loss]))
        self.assertIsNotNone(laws.held_at_once("u", [(begin + 9, end + 9) for begin, end in holds], 2, 3.0, [loss]))


class Verdicts(unittest.TestCase):
    """Each begins with what holds, and breaks it."""

    def run_of(self, admitted=policies.FIXED.limit):
        run = Run(seconds=60, seed=1, rate=1_000, is_shared=True)
        run.admissions = {
            "fixed": {"u": steady(100.5, admitted)}, "log": {"u": steady(100, 3)}, "leases": {"u": [(1, 2)]}}
        run.holds = {"u": [(1, 2)]}
        return run

    def breaks(self, check, text):
        self.assertFalse(check.holds)
        self.assertIn(text, check.faults[0])

    def test_laws(self):
        limit = policies.FIXED.limit
        self.assertTrue(checks.lawful(self.run_of()).holds)
        self.breaks(checks.lawful(self.run_of(limit + 1)), "admitted into a window")
        self.breaks(checks.lawful(self.run_of(limit - 1)), "no window was full")
        run = self.run_of()
        run.admissions["log"]["u"] = steady(100, policies.LOG.limit + 1)
        self.breaks(checks.lawful(run), "'log'")
        run = self.run_of()
        run.holds["u"] *= policies.LEASES.limit + 1
        self.breaks(checks.lawful(run), "leases held at once")
        run.holds = {}
        self.breaks(checks.lawful(run), "no lease was given")
        run = self.run_of()
        run.fault("laws", "admitted without Redis")
        self.breaks(checks.lawful(run), "without Redis")

    def test_counters(self):
        values = measures.metrics("\n".join(
            f'sluice_decisions_total{{policy="{policy}",rule="r",outcome="allowed"}} {count}'
            for policy, count in [("fixed", policies.FIXED.limit), ("log", 3), ("leases", 1)]))
        self.assertTrue(checks.counted(self.run_of(), values).holds)
        self.breaks(checks.counted(self.run_of(policies.FIXED.limit - 1), values), "'fixed'")

    def test_answers_and_recovery(self):
        run = self.run_of()
        self.assertTrue(checks.answered(run).holds)
        self.assertTrue(checks.recovered(run, {"kill master": 1}).holds)
        self.breaks(checks.recovered(run, {}), "nothing has happened")
        run.fault("answers", "no answer")
        run.fault("recovery", "out of order")
        self.breaks(checks.answered(run), "no answer")
        self.breaks(checks.recovered(run, {}), "out of order")

    def test_memory(self):
        def memory(per_second, at_first=0.0):
            return [(second, 50 + per_second * second + (at_first if second < 30 else 0)) for second in range(300)]

        self.assertTrue(checks.flat(memory(0), 100, 50).holds)
        self.assertTrue(checks.flat(memory(0, at_first=-40), 100, 50).holds, "what is warming up may grow")
        self.breaks(checks.flat(memory(0.2), 100, 50), "grows by")
        self.breaks(checks.flat(memory(0), 100, 50 + 2 * checks.GROWTH_MEBIBYTES), "left after the run")
        self.breaks(checks.flat(memory(0)[:5], 0, 50), "too few")

    def test_reloads(self):
        def reloaded(good, bad, asked=20, broken=2):
            values = {'sluice_config_reload_total{result="success"}': good,
                      'sluice_config_reload_total{result="failure"}': bad}
            return checks.reloaded(values, types.SimpleNamespace(reloads=asked, broken_reloads=broken))

        self.assertTrue(reloaded(18, 2).holds)
        self.breaks(reloaded(3, 2), "were asked for")
        self.breaks(reloaded(18, 0), "no wrong file")
        self.breaks(reloaded(18, 9), "reloads failed")

    def test_stop_and_what_is_given_back(self):
        self.assertTrue(checks.stopped(self.run_of(), 0, 1).holds)
        self.breaks(checks.stopped(self.run_of(), -11, 1), "ended with -11")
        self.breaks(checks.stopped(self.run_of(), None, 30), "has not ended")
        self.assertTrue(checks.returned("threads", "", "").holds)
        self.breaks(checks.returned("threads", "there are 9", ""), "there are 9")

    def test_log(self):
        def clean(log):
            return checks.clean(log, ["lawful1"], seconds=10, rounds=1)

        self.assertTrue(clean("notice sluice: Serving\n" * 100).holds)
        self.breaks(clean("Fatal error: index out of range"), "a crash")
        self.breaks(clean("warning: \x1b[2J"), "no text")
        self.breaks(clean("warning: bytes \udcff"), "no text")
        self.breaks(clean("warning: denied lawful1"), "names the caller")
        self.breaks(clean("notice: a request\n" * 1_000), "1,000 lines")


class Numbers(unittest.TestCase):
    def test_percentiles_are_right_to_five_percent(self):
        latencies = measures.Latencies()
        for milliseconds in range(1, 1_001):
            latencies.add(milliseconds / 1_000)
        self.assertAlmostEqual(latencies.percentile(0.5), 0.5, delta=0.026)
        self.assertAlmostEqual(latencies.percentile(0.99), 0.99, delta=0.05)
        self.assertEqual(latencies.most, 1.0)

    def test_a_slope_is_that_of_the_line(self):
        self.assertAlmostEqual(measures.slope([(x, 3 * x + 7) for x in range(10)]), 3)
        self.assertEqual(measures.slope([(1, 1)]), 0)

    def test_metrics_are_read_by_name_and_labels(self):
        values = measures.metrics('# HELP a b\na{x="1",y="2"} 3\na{x="1",y="4"} 5\nb 6\n')
        self.assertEqual(measures.total(values, "a", 'x="1"'), 8)
        self.assertEqual(measures.total(values, "a", 'y="4"'), 5)
        self.assertEqual(measures.total(values, "b"), 6)

    def test_lines_of_logs_are_known_by_their_form(self):
        chat = traffic._CHAT.match("2019-04-30T08:56:59Z :ann!ann@ann.tmi.twitch.tv PRIVMSG #room :hello you")
        self.assertEqual(chat.groups(), ("ann", "room", "hello you"))
        web = traffic._APACHE.match('192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "b/1"')
        self.assertEqual(web.groups(), ("192.0.2.1", "-", "GET", "/a", "200", "b/1"))


def passes():
    suite = unittest.TestSuite(
        unittest.defaultTestLoader.loadTestsFromTestCase(case) for case in [Bounds, Verdicts, Numbers])
    return unittest.TextTestRunner(verbosity=1).run(suite).wasSuccessful()
