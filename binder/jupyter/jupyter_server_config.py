"""JupyterLab for the book, in Binder and with `make lab`: where it begins, where old links lead, what runs first."""

c = get_config()  # noqa: F821 - Jupyter defines it

c.ServerApp.jpserver_extensions = {"coursebook.run.lab_links": True}
c.ServerApp.default_url = c.LabApp.default_url = "/lab/tree/notebooks/start.ipynb"
c.ServerApp.kernel_manager_class = "coursebook.run.lab_kernels.ChapterKernels"
