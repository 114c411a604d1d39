"""The samplers and stop rules of a sweep, by name: the command line knows them before it loads anything."""

from typing import Literal, get_args

SamplerName = Literal["sobol", "grid", "random", "tpe", "cma", "gp"]
StopRuleName = Literal["none", "asha", "median"]
SAMPLER_NAMES: tuple[SamplerName, ...] = get_args(SamplerName)
STOP_RULE_NAMES: tuple[StopRuleName, ...] = get_args(StopRuleName)
