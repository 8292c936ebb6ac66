"""The commented study that ``passgap init`` writes: valid as it stands, for the embedded model and the starter set."""

from __future__ import annotations

TEMPLATE = """\
# A passgap study: one model, one task family, one budget.
# Every field that has no default must be there; `passgap check` says all that is missing in one message.
# What stands under `diagnostics`, `thresholds`, `arms.decode-only`, `comparator` and `failure_cost` is written into the
# study's ledger before anything is measured and cannot be changed afterwards.

name: {name}
seed: 20260401              # the root of every random choice

model:
  id: embedded              # `embedded`, a folder in Hugging Face layout, or a hub id
  name: SmolLM2-135M-Instruct
  parameters: 135M
  licence: Apache-2.0       # it must allow training on the model's own outputs
  context_tokens: 2048
  chat: true                # false for a base model that continues plain text
  # cutoff: 2024-06         # the end of its training data: held-out problems dated before it are listed, or
  # before_cutoff: remove   #   removed; they may have been trained on
  # infill: auto            # how a gap is asked for: by the tokenizer's own tokens, or `request`, in words
  benchmark:                # what is known of the model; `unknown`, or a score with its source:
    name: HumanEval         #   pass@1: {{value: 0.121, source: "model card, 2026-02"}}
    pass@1: unknown
    pass@10: unknown

task_family:
  languages: [python]
  kinds: [algorithmic]      # algorithmic, fill-in-the-middle, repository-edit, bug-fix, competitive,
                            # prediction
  surface: function suggestions in the editor

heldout:                    # the problems to evaluate on: at least 200, none of them in the pool
  tasks: starter            # starter, mbpp, humaneval, or jsonl with `path: problems.jsonl`
  split: heldout

pool:                       # the prompts to sample from and train on
  tasks: starter
  split: pool

diagnostics:
  samples: 16               # for each held-out problem
  k: [1, 4, 8, 16]
  decoding:                 # production decoding: how the model is decoded where it serves
    temperature: 0.8
    top_p: 0.95
    max_new_tokens: 256

budget:
  device: cpu               # what the hours are hours of: cpu or gpu
  hours: {{sampling: 1, training: 1, evaluation: 2}}
  price_per_hour: 0.10
  currency: USD
  team_size: 1              # people who wait for the first result
  days_to_first_signal: 1   # when the verdict on the base model must be there; the plan says whether it will

comparator:                 # what would be done if SSD were not on the table
  method: do-nothing        # do-nothing, decode-only, sft-external, rejection-sampling, dpo, ipo, grpo, retrieval
  why: there is no curated data for this family

failure_cost:
  checkpoints: base model and every candidate, 90 days
  blocker: pass@1 on held-out below base, or any battery alert
  rollback: one configuration flip to the base model

# --- what follows has defaults; shown are the ones most often changed ----------------------------------------------

alternatives:
  curated_examples: 0       # curated prompt and solution pairs at hand
  preference_pairs: 0       # pairs of a better and a worse answer at hand
  documents: false          # whether there are documents that hold what the model lacks
  verifier: true            # whether the pool's problems carry tests

arms:                       # what can be done with the base model, each arm with its own settings
  ssd:                      # minimal self-distillation: trained on its own samples of the pool, unfiltered
    sampling:               # how the pool is sampled for training
      temperature: 1.0      # 1.0 without truncation would carry no signal at all
      top_k: 20
      top_p: 0.8
      per_prompt: 4
      max_new_tokens: 256
    training:
      method: full          # full, or lora with lora_rank: 64
      learning_rate: 2.0e-5
      epochs: 1
      batch_size: 16
      # mix_ratio: 0.1      # a share of instruction data among the training examples, against format drift:
      # mix_path: other.jsonl   # JSON lines, Parquet or a hub id, with `messages`, or `prompt` and `completion`
  # ssd-verified:           # trained on those of its own samples that a verifier accepts
  #   verifier: unit-tests  # part of the pool's tests; or type-check, differential, agreement
  #   sampling: {{per_prompt: 8}}
  # sft-external:           # fine-tuned on data that the model did not make: imported knowledge, and named so
  #   data: pool-references # the pool's reference solutions; or JSON lines, Parquet, a folder or a hub id
  #   licence: CC-BY-4.0
  #   training: {{epochs: 2}}
  # dpo:                    # trained to prefer own samples that pass the pool's tests to those that fail (or ipo: {{}})
  #   sampling: {{per_prompt: 16}}   # the more samples of a problem, the more problems give a pair
  #   beta: 0.1             # how close to the base model; ipo has tau
  # retrieval:              # nothing is trained: the base model is shown its own verified solutions of similar
  #   k: [1]                #   pool problems; of several numbers, the best on development problems is taken
  #   sampling: {{per_prompt: 16}}
  # retrieval-external:     # the same with the pool's reference solutions, which imports knowledge
  #   k: [1, 3]
  # prompt:                 # nothing is trained: an instruction is searched for on problems of the pool
  #   strategy: gepa        # gepa (the extra `prompt`), or propose
  #   max_metric_calls: 200
  # decode-only:            # nothing is trained: the base model at other settings, declared like the thresholds
  #   temperatures: [0, 0.2, 0.4, 0.6, 1.0]      # 0 is greedy; with top_k and top_p lists a grid, or a list of
  #   samples: 4            #   settings: [{{temperature: 0.6, top_p: 0.95}}]; production decoding always joins it
  # grpo:                   # reinforcement learning: samples of the model, while it is trained, are run on the pool's
  #   sampling: {{per_prompt: 16}}                 #   tests; these find the prompts that are solved now and then
  #   steps: 50             # updates, each of `prompts_per_step: 8` groups of `group_size: 8` samples
  #   max_new_tokens: 256
  #   training: {{method: full, learning_rate: 1.0e-6}}

# pilot:                    # the recipe is searched for on development problems before it is registered;
#   arm: ssd                # what recipes name must not be declared above
#   recipes: [{{temperature: 1.6, epochs: 4}}, {{temperature: 1.0, epochs: 1}}]

battery:                    # tolerances of the anti-collapse battery, registered before training
  repetition: 0.10
  self_bleu: 0.10
  length: 0.25
  diversity: 0.02
  style: 0.10
  refusal: 0.10
  unsafe: 0.05
  format: 0.10

# battery_looks: [1, 2, 4]  # answers to each of the battery's prompts after each look; more where a probe is undecided

# waivers:                  # probes whose alert stops nothing, with the reason, if declared before an arm is registered
#   comments: the house style asks for fewer comments

# prompt_sets: {{everyday: our-tasks.yaml}}   # prompts of one's own in the place of the battery's set of this name

# judge:                    # a model that reads the answers to the safety prompts, in the place of the battery's rules
#   model: gpt-5
#   base_url: https://api.openai.com/v1
#   key_variable: JUDGE_API_KEY

thresholds:
  gap: 0.05                 # the least pass@k - pass@1 that SSD can live on
  level: 0.95
  looks: []                 # [200, 400, 800]: stop after so many held-out problems if the verdict is decisive
  round2_lift: 0.02         # what round 1 must lift pass@1 by before a second round, and how that must be shown:
  round2_rule: non-overlap  # non-overlap of the two intervals, or paired: the interval of the change above 0

# round2:                   # what `passgap run STUDY --round 2` uses, if `passgap gate` lets it begin
#   pool: {{tasks: jsonl, path: more.jsonl}}       # prompts that round 1 did not use
#   heldout: {{tasks: jsonl, path: fresh.jsonl}}   # problems that nothing was trained or evaluated on

# race: {{arms: [ssd, rejection-sampling], error: 0.05}}   # arms that are measured no further once they are behind

engine:
  name: local               # or vllm, or `server`, which can be measured and not trained; `model.id` is its name there:
  device: auto              #   {{name: server, base_url: "http://127.0.0.1:8000/v1", dialect: vllm, tokenizer: ...}}
  dtype: auto
  keep_logprobs: true       # of every drawn token, almost free; otherwise they are measured again to predict what helps

# cluster: {{workers: 4}}     # sample and run programs on a Ray cluster (the extra `ray`)
"""


def study_template(name: str) -> str:
    """The template with a study's name in it."""
    return TEMPLATE.format(name=name)
