"""Settings that all tests share."""

from hypothesis import HealthCheck, settings

# The machines that run this are small and shared: slowness is no finding.
settings.register_profile(
    "mesh", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("mesh")
