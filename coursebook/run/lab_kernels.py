"""Part of the Jupyter server: a notebook's kernel runs the cells above the one that is run first (catch_up.py)."""

from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager


class ChapterKernels(AsyncMappingKernelManager):
    """Starts Python with the part that catches up; all else is as in every Jupyter."""

    async def start_kernel(self, **settings: Any) -> str:
        """Start a kernel and return its id."""
        return str(await super().start_kernel(**settings, extra_arguments=["--ext=coursebook.run.catch_up"]))
