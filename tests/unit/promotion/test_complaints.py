"""Failures that users of other gateways reported in public, and the tests that hold this one against each of them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

GATEWAY, TELEMETRY = "tests/unit/promotion/gateway", "tests/unit/promotion/telemetry"
PASSING, FAULTS = f"{GATEWAY}/test_passing_on.py", f"{GATEWAY}/test_faults.py"
PROCESS, IN_FORCE = f"{GATEWAY}/test_process.py", f"{GATEWAY}/test_settings_in_force.py"

COMPLAINTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "01 BerriAI/litellm#34890": (
        "mirroring made production's calls fail on other endpoints",
        (f"{PASSING}::test_the_answer_is_the_upstreams_whether_calls_are_mirrored_or_not",),
    ),
    "02 BerriAI/litellm#31888": (
        "calls of some endpoints were never mirrored, in silence",
        (
            f"{PASSING}::test_every_path_that_is_split_is_mirrored_and_no_other",
            f"{PASSING}::test_the_share_of_copies_and_of_users_is_the_declared_one_on_every_path",
            "tests/unit/promotion/settings/test_settings.py::test_fields_that_contradict_each_other_are_refused",
        ),
    ),
    "03 istio/istio#58870, envoyproxy/envoy#18364, envoyproxy/ai-gateway#828": (
        "large requests were not mirrored, or refused",
        (f"{FAULTS}::test_copies_are_dropped_only_for_what_is_known_before_and_are_counted",),
    ),
    "04 envoyproxy/ai-gateway#2137": (
        "copies kept the name of production's model, and their tokens were counted twice",
        (
            f"{PASSING}::test_a_copy_bears_the_candidates_name_of_the_model_and_leaves_a_row_of_its_own",
            f"{TELEMETRY}/test_reports.py::test_copies_are_in_no_total_of_productions",
        ),
    ),
    "05 BerriAI/litellm#38157, #34805": (
        "rows in the queue were discarded at the end",
        (f"{PROCESS}::test_answered_calls_are_rows_when_it_is_told_to_end_under_load",),
    ),
    "06 BerriAI/litellm#34820": (
        "rows were lost when a write was interrupted",
        (
            f"{PROCESS}::test_a_kill_under_load_loses_and_doubles_no_row_of_an_answered_call",
            f"{PROCESS}::test_kills_under_load_leave_one_row_of_every_call_and_of_every_copy",
            f"{TELEMETRY}/test_in_flight.py::test_calls_without_a_row_get_one_whatever_the_kill_left",
            f"{TELEMETRY}/test_day_log.py::test_a_disk_that_is_full_again_and_again_loses_and_doubles_no_row",
        ),
    ),
    "07 BerriAI/litellm#30244, maximhq/bifrost#3164": (
        "upstreams went on after the client had gone",
        (f"{FAULTS}::test_an_upstream_sees_that_its_client_has_gone",),
    ),
    "08 mostlygeek/llama-swap#980": (
        "an abort that was passed on crashed an engine",
        (f"{FAULTS}::test_a_server_that_an_abort_harms_is_read_to_the_end_within_bounds",),
    ),
    "09 BerriAI/litellm#31722, #25503, #7249, #16535, #17083": (
        "the model that served was not named on streams and errors",
        (
            f"{FAULTS}::test_every_outcome_names_the_checkpoint_and_leaves_one_row",
            f"{FAULTS}::test_a_cut_answer_ends_as_cut",
            f"{FAULTS}::test_an_upstream_that_does_not_begin_in_time_is_an_outcome_too",
            f"{PASSING}::test_what_the_gateway_refuses_names_no_checkpoint_and_leaves_a_row",
        ),
    ),
    "10 BerriAI/litellm#20246, #15690, #38907, #10686, Nayjest/lm-proxy#69": (
        "unknown fields of streams were dropped",
        (f"{PASSING}::test_a_stream_of_any_events_passes_byte_for_byte",),
    ),
    "11 envoyproxy/ai-gateway#2463": (
        "telemetry missed events with other line ends",
        (
            f"{TELEMETRY}/test_answers.py::test_a_stream_is_read_alike_wherever_it_is_cut_and_however_its_lines_end",
            f"{TELEMETRY}/test_answers.py::test_comments_other_events_and_broken_ones_change_nothing",
        ),
    ),
    "12 sgl-project/sglang#25811": (
        "bad requests of clients took an upstream out of use",
        (f"{FAULTS}::test_a_thousand_bad_requests_leave_the_upstream_in_use",),
    ),
    "13 BerriAI/litellm#12358, #7221": (
        "layers of retries multiplied",
        (
            f"{FAULTS}::test_a_stale_connection_is_the_one_thing_that_is_tried_again",
            f"{GATEWAY}/test_clients.py::test_a_pooled_connection_that_was_closed_is_replaced_once_and_a_fresh_one_is_not",
        ),
    ),
    "14 open-webui/open-webui#29628, duolahypercho/codex-router#100": (
        "a cut stream looked finished, or had an error spliced into it",
        (f"{FAULTS}::test_a_cut_answer_ends_as_cut",),
    ),
    "15 tensorzero/tensorzero#475": (
        "streams that failed half-way left no record",
        (
            f"{FAULTS}::test_a_cut_answer_ends_as_cut",
            f"{TELEMETRY}/test_answers.py"
            "::test_a_stream_that_ends_before_its_end_is_not_well_formed_and_keeps_what_was_said",
        ),
    ),
    "16 BerriAI/litellm#12685, #27954, #38193, #6404, #21908": (
        "memory grew until the process was killed, in serving and in deleting old rows",
        (
            "benchmarks/gateway_faults.py::memory",
            f"{TELEMETRY}/test_day_log.py::test_whole_days_are_forgotten_also_those_of_other_gateways",
        ),
    ),
    "17 MervinPraison/PraisonAI#5144, #3378, bytedance/deer-flow#3112": (
        "an invalid file ended a gateway, or was in force in part",
        (
            f"{IN_FORCE}::test_an_invalid_file_leaves_the_old_settings_in_force_and_says_why",
            f"{IN_FORCE}::test_a_call_keeps_the_settings_that_it_began_with",
        ),
    ),
    "18 traefik/traefik#6883, istio/istio#19630, knative/serving#8160": (
        "users changed between versions",
        (
            "tests/unit/promotion/routing/test_snapshot.py::test_nobody_leaves_the_canary_when_the_share_grows",
            "tests/unit/promotion/routing/test_snapshot.py"
            "::test_a_user_has_one_checkpoint_on_every_gateway_and_in_every_call",
        ),
    ),
    "19 argoproj/argo-rollouts#4612, #1774": (
        "a rollback went to what was not ready",
        (
            f"{IN_FORCE}::test_base_is_asked_before_it_takes_over",
            f"{IN_FORCE}::test_production_is_not_sent_to_an_upstream_that_is_down",
        ),
    ),
    "20 Kludex/uvicorn#2829, sysid/sse-starlette#73, #167": (
        "streams were cut when the server ended",
        (
            f"{PROCESS}::test_a_gateway_that_is_told_to_end_finishes_what_it_began",
            f"{PROCESS}::test_a_call_on_a_kept_connection_is_answered_while_the_gateway_ends",
        ),
    ),
    "21 vllm-project/vllm#54116": (
        "junk in a request made the server fail",
        (
            f"{GATEWAY}/test_schema.py::test_no_request_of_a_client_makes_the_gateway_fail_or_tell_a_secret",
            f"{GATEWAY}/test_security.py::test_every_body_gets_an_answer_that_is_no_failure",
            f"{GATEWAY}/test_security.py::test_no_bytes_make_the_gateway_fail",
        ),
    ),
    "22 spinnaker/kayenta#780": (
        "tests were repeated until they rejected",
        (
            "tests/unit/estimates/test_user_blocks.py"
            "::test_sticky_users_raise_false_alarms_among_calls_and_not_among_users",
            "tests/unit/estimates/test_differences.py"
            "::test_the_evidence_is_expected_to_stay_at_one_at_the_edge_of_the_hypothesis",
        ),
    ),
    "23 BerriAI/litellm#19537": (
        "both answers could not be seen side by side",
        (
            f"{TELEMETRY}/test_reports.py"
            "::test_both_answers_to_a_request_are_shown_side_by_side_and_texts_where_they_are_kept",
            f"{PASSING}::test_texts_are_kept_only_where_they_are_asked_for",
        ),
    ),
    "24 BerriAI/litellm#14681, #21046, #13546": (
        "a published benchmark could not be repeated",
        ("tests/unit/promotion/gateway/test_benchmark.py::test_the_benchmark_says_what_it_takes_to_repeat_it",),
    ),
}


@cache
def defined_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_every_complaint_has_its_tests(complaint: str) -> None:
    for place in COMPLAINTS[complaint][1]:
        path, _, name = place.partition("::")
        assert name in defined_in(path), place


def test_there_are_all_twenty_four() -> None:
    assert [name[:2] for name in COMPLAINTS] == [f"{number:02}" for number in range(1, 25)]
