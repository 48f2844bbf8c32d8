"""What libraries would tell their makers, switched off; each looks at the environment when it is first loaded."""

import os

SWITCHES = {
    # ONNX Runtime's own call, disable_telemetry_events(), comes after the first events.
    "ORT_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    # Ray's, of the processes that this one starts; a cluster that others started has its own.
    "RAY_USAGE_STATS_ENABLED": "0",
    # https://donottrack.sh, which more and more libraries heed.
    "DO_NOT_TRACK": "1",
}
"""Environment variables, by what they are set to whatever they were."""


def switch_off_telemetry() -> None:
    """Set SWITCHES for this process and those that it starts."""
    os.environ.update(SWITCHES)
