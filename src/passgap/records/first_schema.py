"""The fields that each record had in schema 1: those that are always part of its digest."""

from __future__ import annotations

from collections.abc import Mapping

FIRST_FIELDS: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        # what is asked and how it is tested
        "Problem": "id prompt prompt_kind entry_point tests reference difficulty source date",
        "AssertTests": "style setup statements",
        "CheckTests": "style code",
        "StdioCase": "stdin stdout",
        "StdioTests": "style cases",
        "PairCase": "args expected",
        "PairTests": "style cases abs_tol rel_tol",
        "PytestTests": "style code",
        "ContaminationItem": "item matched rule score",
        "ContaminationLog": "items",
        "ProbePrompt": "id kind text",
        "ProbeSet": "name prompts",
        # how models are sampled, trained and run
        "Decoding": "temperature top_k top_p max_new_tokens",
        "Prompt": "user system prefix stop chat",
        "EngineIdentity": "engine model model_digest dtype device versions",
        "SignalPlan": "contexts settings positions level",
        "TrainExample": "prompt completion",
        "TrainConfig": "method learning_rate epochs batch_size micro_batch_size warmup_ratio weight_decay adam_beta1 "
        "adam_beta2 max_grad_norm max_length lora_rank lora_alpha",
        "Limits": "seconds memory_bytes processes file_bytes output_bytes program_bytes",
        # what is registered
        "PipelineSpec": "arm base_model base_digest pool pool_digest pool_problems pool_removed contamination_digest "
        "sampling samples_per_prompt seed selection training mix_ratio battery probe_sets heldout heldout_digest "
        "heldout_problems evaluation samples_per_problem ks thresholds",
        "Look": "number of problems last level_each level",
        "Estimate": "value low high level n m method unit unscored warning",
        "Insufficient": "insufficient n m unscored",
        "LedgerEntry": "sequence time who kind payload previous schema_version hash",
        # what is declared
        "StudySpec": "name seed rehearsal model task_family heldout pool diagnostics budget comparator failure_cost "
        "alternatives sampling training decode_only battery thresholds round2 engine cluster",
        "ModelSection": "id name parameters licence context_tokens chat benchmark",
        "Benchmark": "name pass_at_1 pass_at_10",
        "ReportedScore": "value source",
        "TaskFamilySection": "languages kinds surface",
        "TaskSource": "tasks path split limit difficulty",
        "DiagnosticsSection": "samples k decoding",
        "DecodingSection": "temperature top_k top_p max_new_tokens",
        "BudgetSection": "device hours price_per_hour currency team_size days_to_first_signal",
        "BudgetHours": "sampling training evaluation",
        "ComparatorSection": "method why",
        "FailureCostSection": "checkpoints blocker rollback",
        "ExternalDataSection": "curated_examples verifier",
        "SamplingSection": "temperature top_k top_p max_new_tokens per_prompt drop_stubs",
        "TrainingSection": "method learning_rate epochs batch_size lora_rank max_length mix_ratio mix_path",
        "DecodeOnlySection": "temperatures top_k top_p settings samples",
        "SettingSection": "temperature top_k top_p",
        "BatterySection": "repetition self_bleu length diversity style refusal unsafe format",
        "ThresholdsSection": "gap level round2_lift round2_rule looks",
        "Round2Section": "pool heldout model",
        "LocalEngine": "name device dtype keep_logprobs",
        "VllmEngine": "name dtype tensor_parallel memory compiled keep_logprobs",
        "ServerEngine": "name base_url dialect key_variable tokenizer concurrency requests_per_minute "
        "tokens_per_minute timeout_seconds retry_seconds logprobs arms",
        "ClusterSection": "workers sandboxes cpus gpus address",
    }.items()
}
"""The fields of schema 1 by record. Never extended: a field that is not named here was added later."""
