"""Part of the Jupyter server: a notebook's kernel runs the cells above the one that is run first (catch_up.py)."""

from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

# ipykernel warns of TCP in general; this is TCP on 127.0.0.1.
ARGUMENTS = ["--log-level=ERROR", "--ext=coursebook.run.catch_up"]


class ChapterKernels(AsyncMappingKernelManager):
    """Starts Python with the part that catches up; all else is as in every Jupyter."""

    async def start_kernel(self, **settings: Any) -> str:  # type: ignore[override] # Jupyter assigns it
        """Start a kernel and return its id."""
        return str(await super().start_kernel(**settings, extra_arguments=ARGUMENTS))
