"""What holds for all tests."""

from hypothesis import settings

# A machine that is busy training is slow, not wrong: no time limit for one example.
settings.register_profile(
    "no-deadline", settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("no-deadline")
