"""What a chapter shows: the source of a function, tables, and numbers for its sentences."""

import inspect

import pytest

from lrlib.functions import sigmoid

pytest.importorskip("IPython")

from lrlib.notebook import explorable, glue, show_source, show_table


def markdown(shown):
    """Return the Markdown that a page will hold."""
    return shown._repr_markdown_()


class TestShowSource:
    def test_it_is_the_librarys_own_source_in_a_python_block(self):
        """Catches a source retyped, cut, or shown without its highlighting."""
        assert markdown(show_source(sigmoid)) == f"```python\n{inspect.getsource(sigmoid).rstrip()}\n```"

    def test_it_begins_with_def_and_holds_the_docstring(self):
        """Catches the source of a wrapper around the function."""
        text = markdown(show_source(sigmoid))
        assert text.startswith("```python\ndef sigmoid(z")
        assert sigmoid.__doc__.splitlines()[0] in text

    def test_what_has_no_source_is_a_type_error(self):
        """Catches an empty block for a compiled function."""
        with pytest.raises(TypeError):
            show_source(len)


class TestShowTable:
    def test_it_has_a_heading_a_rule_and_a_row_for_each_cell(self):
        """Catches rows and columns exchanged, and a last row that is lost."""
        shown = markdown(show_table({"model": ["A", "B"], "accuracy": ["60 %", "80 %"]}))
        assert shown == "| model | accuracy |\n| --- | --- |\n| A | 60 % |\n| B | 80 % |"

    def test_cells_are_written_as_str_writes_them(self):
        """Catches repr(), which puts strings in quotes and np.float64() around numbers."""
        assert markdown(show_table({"n": [3], "s": ["x"]})).endswith("| 3 | x |")

    @pytest.mark.parametrize("columns", [{"a": ["1"], "b": ["1", "2"]}, {}])
    def test_columns_of_different_lengths_are_refused(self, columns):
        """Catches zip(), which drops the rest of the longer column in silence."""
        with pytest.raises(ValueError, match="all columns must have one length"):
            show_table(columns)


class TestGlue:
    @pytest.mark.slow  # to import myst-nb
    def test_it_stores_what_myst_nb_stores(self, monkeypatch):
        """Catches a key that the page cannot find: the form is the one that myst-nb's own function writes."""
        theirs = pytest.importorskip("myst_nb.ext.glue")
        shown = []

        def record(data, raw, metadata):
            shown.append((data, raw, metadata))

        monkeypatch.setattr("lrlib.notebook.display", record)
        monkeypatch.setattr(theirs, "ipy_display", record)
        glue("a-key", "60 %")
        theirs.glue("a-key", "60 %", display=False)
        assert shown[0] == shown[1]

    def test_a_number_that_nobody_rounded_is_refused(self):
        """Catches seventeen digits in a sentence."""
        with pytest.raises(TypeError, match=r"must be a string, rounded .* got 0\.1"):
            glue("a-key", 0.1)


class TestExplorable:
    def test_a_notebook_gets_markup_and_words(self):
        """Catches a figure that a text-only notebook shows as an address in memory."""
        shown = explorable("sigmoid", w=2)._repr_mimebundle_()
        assert shown.keys() == {"text/html", "text/plain"}
        assert '<lr-sigmoid class="explorable"' in shown["text/html"]
        assert 'w="2"' in shown["text/html"]
        assert "It starts at w = 2, b = 0, x = 0." in shown["text/plain"]

    def test_each_output_has_ids_of_its_own(self):
        """Catches two cells with one figure, whose labels lead to each other's sliders."""
        figure = explorable("sigmoid")
        assert figure._repr_mimebundle_()["text/html"] != figure._repr_mimebundle_()["text/html"]

    def test_a_name_that_does_not_exist_is_answered_with_those_that_do(self):
        """Catches an empty cell, and a message about a missing file."""
        with pytest.raises(ValueError, match=r'there is no explorable "sigmiod"\. There are: .*sigmoid'):
            explorable("sigmiod")

    @pytest.mark.parametrize("value", [4, -3.01, 0.93, float("nan"), float("inf"), "two", None, [1]])
    def test_a_value_that_the_slider_cannot_have_is_refused(self, value):
        """Catches a figure that begins elsewhere than it says."""
        with pytest.raises(ValueError, match=r"w of sigmoid must be a number from -3 to 3 in steps of 0\.05; got"):
            explorable("sigmoid", w=value)

    def test_an_option_that_does_not_exist_is_answered_with_those_that_do(self):
        """Catches a misspelt option that is ignored."""
        with pytest.raises(ValueError, match=r'sigmoid has no starting value "v"\. It has: w, b, x\.'):
            explorable("sigmoid", v=1)
