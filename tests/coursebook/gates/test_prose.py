"""The prose gate holds for this book, and fails for a number typed anywhere that a reader looks."""

import nbformat
import pytest

from coursebook.gates import counts, givens, glue, prose
from coursebook.run.execution import chapters, executed_notebook
from tests.paths import ROOT

CONSTANTS = "book/prose_constants.toml"

SOUND = """\
---
jupytext:
  text_representation:
    format_name: myst
---
# Accuracy

Of 5 samples 3 are right, which is 3/5 or {glue:text}`accuracy-share` of them; see {cite:p}`cox1958`, {eq}`eq-1.5`
and [the manual](https://example.org/v2.13/page-0.5.html) or https://example.org/0.7 itself. Version 1.2.3 is out.
The format `{value:.3f}` shows three digits; `7 % 3` is 1; a step of $10^{-5}$ is small; $[0, 1]$ is an interval.

```{code-cell} ipython3
share = 0.6  # code cells may hold any number: 81.3 %
glue("accuracy-share", f"{share:.0%}", display=False)
```

```{math}
:label: eq-x
x = \\frac{1}{4} \\\\[0.5em]
```

% a comment that nobody sees: 0.9
"""


@pytest.fixture
def book(tmp_path):
    """Return a function that writes a small book with one chapter, [accuracy], and this list of constants."""

    def write(chapter=SOUND, constants=""):
        for name, text in [("chapters/accuracy.md", chapter), (CONSTANTS, constants)]:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def the_problem(root):
    """Return the one problem of the book at root."""
    (problem,) = prose.problems(root)
    return problem


def test_no_result_is_typed_in_this_book():
    """Catches a number in a sentence that no code computes, and a constant that no page contains."""
    assert prose.problems(ROOT) == []


def test_the_executed_chapters_made_the_keys_that_their_text_uses():
    """Catches a key that is misspelt inside a loop, where the sources cannot tell."""
    try:
        run = {ROOT / chapter.path: executed_notebook(chapter) for chapter in chapters(ROOT)}
    except KeyError:
        pytest.skip("not all chapters are executed as they stand: make book")
    assert glue.check_glue(run) == []


def test_the_list_of_givens_stays_short_where_nothing_verifies_it():
    """Catches a list of exceptions that grows until it is the rule."""
    tables = givens.read(ROOT)
    unverified = {
        page: [given for given in table if given.kind not in givens.VERIFIED] for page, table in tables.items()
    }
    assert all(len(table) <= 8 for table in unverified.values())


def test_a_sound_chapter_has_no_problem(book):
    """Catches a gate that stumbles over code, links, references, comments, versions or spacing."""
    assert prose.problems(book()) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The share is 81.3%.", "81.3%"),
        ("The share is 81.3 % here.", "81.3 %"),
        ("It is 60 per cent.", "60 per cent"),
        ("It is 60 percent.", "60 percent"),
        ("It is **60** %.", "60 %"),
        ("It is $60\\,\\%$.", "60\\,\\%"),
        ("It is $60$ %.", "60 %"),
        ("It is 60\u00a0%.", "60 %"),
        ("A step of .5 is long.", ".5"),
        ("About 4.2e-18 is left.", "4.2e-18"),
        ("A step of 1e-5 is short.", "1e-5"),
        ("It fell by -0.7.", "0.7"),
        ("It costs 1,234.5 in all.", "1,234.5"),
        ("The cut is $p > 0.5$.", "0.5"),
        ("The slope is $2x\\cdot0.25$.", "0.25"),
        ("The call returns `0.123`.", "0.123"),
        ("A split of `60%`.", "60%"),
        ("The math role {math}`x = 0.37` counts.", "0.37"),
        ("See {doc}`the 81.3 % chapter <sigmoid>`.", "81.3 %"),
        ("See [the 0.31 page](https://example.org).", "0.31"),
        ("## Why 0.5 is no law", "0.5"),
        ("| a | b |\n|---|---|\n| 1 | 0.75 |", "0.75"),
        ("- a list\n  - with 0.75 inside", "0.75"),
        ("> quoted 0.75", "0.75"),
        ("A note.[^a]\n\n[^a]: In a footnote, 0.75.", "0.75"),
        ("```{admonition} Title with 0.75\nBody.\n```", "0.75"),
        ("```{admonition} Title\nBody with 0.75.\n```", "0.75"),
        (":::{note}\nBody with 0.75.\n:::", "0.75"),
        ("````{note}\n```{tip}\nDeep 0.75.\n```\n````", "0.75"),
        ("```{exercise} Try\n:label: ex-a\nFind 0.75.\n```", "0.75"),
        ("```{prf:property} Near 0.75\n:label: prop-a\nIt holds.\n```", "0.75"),
        ("```{prf:property}\n:label: prop-a\nIt holds at 0.75.\n```", "0.75"),
        ("```{math}\n:label: eq-a\nx = 0.75\n```", "0.75"),
        ("```{figure} a.png\n:alt: Shows something with many words, near 0.75.\nCaption.\n```", "0.75"),
        ("```{figure} a.png\n:alt: Words.\nThe caption says 0.75.\n```", "0.75"),
        ("![alt with 0.75](a.png)", "0.75"),
        ("```text\noutput: 0.75\n```", "0.75"),
        ("```{code-block} python\nx = 0.75\n```", "0.75"),
        ("<p>typed 0.75</p>", "0.75"),
        ('```{code-cell}\n---\nmystnb:\n  image:\n    alt: "It reaches 0.75 there."\n---\nx = 1\n```', "0.75"),
        ('```{code-cell}\n---\nmystnb:\n  figure:\n    caption: "It reaches 0.75."\n---\nx = 1\n```', "0.75"),
    ],
)
def test_a_typed_number_fails_with_file_line_and_what_to_do(book, text, number):
    """Catches a hiding place for results that nobody recomputes."""
    chapter = f"{SOUND}\n{text}\n"
    problem = the_problem(book(chapter))
    line = chapter[: chapter.index(text)].count("\n") + 1
    lines = range(line, line + text.count("\n") + 1)
    assert problem.startswith(tuple(f'chapters/accuracy.md:{n}: typed number "{number}" in ' for n in lines))
    assert f"[accuracy] in {CONSTANTS}" in problem


COUNTED = [
    ("We took 569 samples.", "569"),
    ("There are 1,797 digits.", "1,797"),
    ("A thousand steps later it stands still.", "thousand"),
    ("It takes twenty-five steps.", "twenty-five"),
    ("It takes a few dozen steps.", "dozen"),
    ("One in ten thousand is missed.", "One in ten thousand"),
    ("Count them: three of five.", "three of five"),
    ("It finds 7 of the 8.", "7 of the 8"),
    ("It wins in four out of\nfive trials.", "four out of five"),
    ("The step is fifty times smaller.", "fifty times"),
    ("It is 3 times dearer.", "3 times"),
    ("The error is twice as large.", "twice"),
    ("The cost rises tenfold.", "tenfold"),
    ("It needs half of the steps.", "half"),
    ("More than half are wrong.", "than half"),
    ("Over two thirds are right.", "thirds"),
    ("It moves by a seventh.", "by a seventh"),
    ("Every tenth row is kept.", "Every tenth"),
    ("Forty per cent are right.", "Forty per cent"),
    ("It overflows at $z = -800$.", "800"),
    ("The exponent $e^{-40}$ is lost.", "40"),
    ("The call returns `569`.", "569"),
    ("| rows |\n|---|\n| 569 |", "569"),
    ("## A hundred steps", "hundred"),
    ("```{prf:observation} Three of five\n:label: obs-a\nIt holds.\n```", "Three of five"),
    ("```{exercise} Try\n:label: ex-a\nTake 569 rows.\n```", "569"),
    ("```{math}\n:label: eq-a\nx = 569\n```", "569"),
    ("```{figure} a.png\n:alt: Shows something with many words, near sixty.\nCaption.\n```", "sixty"),
    ('```{code-cell}\n---\nmystnb:\n  image:\n    alt: "It rises within twenty steps."\n---\nx = 1\n```', "twenty"),
]


@pytest.mark.parametrize(("text", "number"), COUNTED)
def test_a_typed_count_fails_with_file_line_and_what_to_do(book, text, number):
    """Catches whole numbers, shares and ratios in digits and words that nobody recomputes."""
    chapter = f"{SOUND}\n{text}\n"
    problem = the_problem(book(chapter))
    line = chapter[: chapter.index(text)].count("\n") + 1
    lines = range(line, line + text.count("\n") + 1)
    assert problem.startswith(tuple(f'chapters/accuracy.md:{n}: typed number "{number}" in ' for n in lines))
    assert f'add "... {number} ..." with a word around it and a reason to [accuracy] in {CONSTANTS}' in problem


@pytest.mark.parametrize(
    "text",
    [
        "Take 12 samples, or eleven.",
        "The third row, a ninth student, one half of the threshold's size at one half.".replace(" one half of", " or"),
        "A `float64` keeps its digits; the file is `q1-half`, of `2026-11-28`, version 1.2.3.",
        "See {cite:p}`cox1958`, {eq}`eq-13` and [page 20](https://example.org/569).".replace("page 20", "this page"),
        "The sum has $K - 1$ times the weight, and $\\frac14$ of it.",
        "```sh\nrun --grace 30\n```",
    ],
)
def test_what_is_no_count_is_left_alone(book, text):
    """Catches a gate that stumbles over names, ordinals, small numbers, addresses or commands."""
    assert prose.problems(book(f"{SOUND}\n{text}\n")) == []


def test_a_whole_number_may_be_typed_where_the_code_of_its_section_types_it(book):
    """Catches a number that was changed in the code and not in the sentence, or stands in another section."""
    cell = "## Training\n\n```{code-cell} ipython3\nrun(steps=1_000, size=80.0, rate=1e-13)\n```\n\n"
    assert prose.problems(book(f"{SOUND}\n{cell}After a thousand steps, or 1,000, at 80 hours.\n")) == []
    for text in ("After two thousand steps.", "At 81 hours.", "Of 13 rows.", "At 80 times.", "## Next\n\nAt 80 hours."):
        assert prose.problems(book(f"{SOUND}\n{cell}{text}\n")) != []


def test_a_whole_number_in_a_formula_that_a_test_reads_may_be_typed(book):
    """Catches a gate that wants each number of a formula on the list, though its wrong versions are tried."""
    root = book(f"{SOUND}\n```{{math}}\n:label: eq-large\nx = 569\n```\n")
    assert 'typed number "569" in a formula' in the_problem(root)
    tests = root / "tests/claims/test_large.py"
    tests.parent.mkdir(parents=True)
    tests.write_text('import pytest\n\n\n@pytest.mark.claim("eq-large")\ndef test_it():\n    assert 1\n')
    assert prose.problems(root) == []


GIVEN = SOUND.replace("share = 0.6", "share = 3 / 5; rows = [80, 15]") + "\nOf 120 rows, 95 of them in all.\n"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("arithmetic: 80 + 15 == 95", ""),
        ("arithmetic: 80 + 15 == 96", "not a true equation"),
        ("arithmetic: 80 + 16 == 96", "does not hold 95"),
        ("arithmetic: rows.sum()", "not a true equation"),
        ("code: rows = [80, 15]", "does not hold 95"),
        ("code: rows = [95]", "no cell of the page"),
        ("claim: eq-gone", "not a label of the page that a test bears"),
        ("given: the exercise says so", ""),
    ],
)
def test_a_reason_that_can_be_verified_is(book, reason, words):
    """Catches a reason that was true once: of code that changed, of a sum that was wrong, of a claim that is gone."""
    listed = f'[accuracy]\n"Of 120 rows" = "given: the exercise says so"\n"95 of them" = "{reason}"\n'
    problems = prose.problems(book(GIVEN, listed))
    assert problems == [] if not words else words in problems[0] and len(problems) == 1


def test_a_bare_count_on_the_list_excuses_nothing(book):
    """Catches a line that lets the same number through wherever the page has it."""
    listed = '[accuracy]\n"120" = "given: the exercise says so"\n'
    problems = prose.problems(book(f"{SOUND}\nOf 120 rows.\n", listed))
    assert [problem.split('"')[1] for problem in problems] == ["120", "120"]


def test_the_words_of_assignments_first_page_and_figures_are_read(book):
    """Catches a page of the site whose numbers no gate looks at."""
    root = book()
    (root / "_config.yml").write_text("sphinx: {config: {course_explorables: mylib.figures}}\n")
    (root / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters: [{file: chapters/accuracy}]\n")
    figure = 'export const spec = { about: "Of 569 tumours, three of five." };\nconst d = "M 20 40";\n'
    for name, text in [
        ("index.md", "# Book\n\nIt has 569 rows.\n"),
        ("assignments/1-sums/master.md", "# Sums\n\nAdd 569 rows.\n"),
        ("mylib/figures/race.js", figure),
    ]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    found = [problem.split(": typed")[0] for problem in prose.problems(root)]
    assert found == ["index.md:3", "assignments/1-sums/master.md:3", *2 * ["mylib/figures/race.js:1"]]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("ten thousand", [10_000]), ("two hundred million", [200_000_000]), ("sixty-four", [64]), ("a few dozen", [12]),
        ("three of five", [3, 5]), ("1,797 of 2{,}000", [1797, 2000]), ("two thirds", [2, 3]), ("twice as", [2]),
        ("one hundred twenty", [120]), ("three thousand five hundred", [3_500]),
    ],
)  # fmt: skip
def test_number_words_are_worth_what_they_say(words, values):
    """Catches a thousand that passes for the ten beside it, and code that is compared with the wrong number."""
    assert counts.numbers(words) == values


def test_the_line_is_that_of_the_number_not_of_its_paragraph(book):
    """Catches a message that sends the author to the wrong line."""
    chapter = "# Title\n\nOne line,\nand `code\nover lines`, and\n0.75 at last.\n"
    assert the_problem(book(chapter)).startswith("chapters/accuracy.md:6:")


def test_the_header_is_read_too(book):
    """Catches a result typed in the description that search engines show."""
    chapter = SOUND.replace(
        "jupytext:", "myst:\n  html_meta:\n    description: It is right 0.75 of the time.\njupytext:"
    )
    assert the_problem(book(chapter)).startswith('chapters/accuracy.md:4: typed number "0.75" in the page\'s header')


def test_a_header_that_is_no_yaml_is_named(book):
    """Catches a crash without file and line for an unquoted colon."""
    chapter = SOUND.replace("jupytext:", "myst:\n  html_meta:\n    description: two: colons\njupytext:")
    assert "chapters/accuracy.md:4: the page's header is not YAML" in "\n".join(prose.problems(book(chapter)))


def test_a_constant_on_the_list_may_stand(book):
    """Catches a list that is not read, or spells percentages in only one way."""
    constants = '[accuracy]\n"0.5" = "given: the usual threshold"\n"60%" = "given: three of five, in per cent"\n'
    text = "The cut is $0.5$, or -0.5. That makes 60 %, or in TeX $60\\,\\%$, or 60 per cent.\n"
    assert prose.problems(book(SOUND + text, constants)) == []


QUESTION = """
```{question} A share is 0.35. What is the rest?
:label: check-accuracy-rest
:within: 0.01
- [x] $0.65$
  : One minus the share, or 65%.
- [ ] $0.35$
  : The share again.
```
"""


def test_the_numbers_of_a_question_stand_if_a_test_bears_its_label(book):
    """Catches a gate that wants each number of a question on the list, or lets an untested one through."""
    root = book(SOUND + QUESTION)
    problem = the_problem(root)
    assert 'typed number "0.35" in a question that no test checks' in problem
    assert '@pytest.mark.claim("check-accuracy-rest")' in problem
    tests = root / "tests/claims/test_check.py"
    tests.parent.mkdir(parents=True)
    tests.write_text('import pytest\n\n\n@pytest.mark.claim("check-accuracy-rest")\ndef test_it():\n    assert 1\n')
    assert prose.problems(root) == []
    assert the_problem(book(SOUND + QUESTION + "\nAfter it: 0.35.\n")).startswith("chapters/accuracy.md:")


def test_a_constant_of_another_chapter_does_not_count(book):
    """Catches one chapter's exception becoming everybody's."""
    root = book(SOUND + "The cut is 0.5.\n", '[sigmoid]\n"0.5" = "given: the usual threshold"\n')
    (root / "chapters/sigmoid.md").write_text("# Sigmoid\n\nAt 0.5 it turns.\n", encoding="utf-8")
    assert the_problem(root).startswith("chapters/accuracy.md:")


def test_a_constant_that_the_page_no_longer_contains_fails(book):
    """Catches a stale list, which would let the number in again."""
    problem = the_problem(book(constants='[accuracy]\n"0.5" = "given: the usual threshold"\n'))
    assert problem.startswith(f'{CONSTANTS}: [accuracy] "0.5" is no number that chapters/accuracy.md types')
    assert problem.endswith("remove it")


def test_a_constant_without_a_reason_fails(book):
    """Catches exceptions that nobody can review."""
    for reason in ("", "the usual threshold", "given: usual"):
        assert "needs a reason" in the_problem(book(SOUND + "At 0.5.\n", f'[accuracy]\n"0.5" = "{reason}"\n'))


def test_a_table_for_no_page_fails(book):
    """Catches the list of a chapter that was renamed."""
    assert "[acuracy] is the name of no page" in the_problem(book(constants='[acuracy]\n"0.5" = "a typing error"\n'))


@pytest.mark.parametrize(
    ("addition", "words"),
    [
        ('```{code-cell}\nglue("accuracy-new", "1", display=False)\n```\n', '"accuracy-new" is not used on its page'),
        ('```{code-cell}\nglue(f"accuracy-{name}-x", "1")\n```\n', '"accuracy-*-x" is not used on its page'),
        ('```{code-cell}\nglue("accuracy-share", "1")\n```\n', '"accuracy-share" is made 2 times in the book'),
        ("{glue:text}`accuracy-lost` of them.\n", 'no cell of this page makes glue key "accuracy-lost"'),
        ("{glue:text}`accuracy-lost:.2f` of them.\n", 'no cell of this page makes glue key "accuracy-lost"'),
        ("```{glue:figure} accuracy-lost\n```\n", 'no cell of this page makes glue key "accuracy-lost"'),
        ("```{code-cell}\nglue(key, 1)\n```\n", "write the glue key in quotes"),
        ("```{code-cell}\n%matplotlib inline\n```\n", "not plain Python"),
    ],
)
def test_a_glue_key_that_leads_nowhere_fails(book, addition, words):
    """Catches numbers computed for nobody, and sentences with a hole."""
    problems = prose.problems(book(SOUND + "\n" + addition))
    assert any(words in problem and problem.startswith("chapters/accuracy.md:") for problem in problems)


def test_a_key_built_in_a_loop_is_found(book):
    """Catches a gate that knows only keys in plain quotes."""
    loop = '```{code-cell}\nfor name in "ab":\n    glue(f"accuracy-loop-{name}", name)\n```\n'
    assert prose.problems(book(f"{SOUND}\n{loop}\n{{glue:text}}`accuracy-loop-a`\n")) == []


def test_a_key_made_in_two_chapters_fails(book):
    """Catches two chapters that overwrite each other's number."""
    root = book()
    (root / "chapters/zebra.md").write_text(SOUND, encoding="utf-8")
    problems = prose.problems(root)
    assert len(problems) == 2
    assert all('"accuracy-share" is made 2 times' in problem for problem in problems)


def executed(*keys):
    """Return a notebook whose one cell was run and glued these keys."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("...")])
    for key in keys:
        metadata = {"scrapbook": {"mime_prefix": "application/papermill.record/", "name": key}}
        notebook.cells[0].outputs.append(nbformat.v4.new_output("display_data", metadata=metadata))
    return notebook


def test_an_executed_chapter_is_held_to_the_keys_it_made(book):
    """Catches keys that only the run knows: not used, used and not made, made twice."""
    path = book() / "chapters/accuracy.md"
    assert glue.check_glue({path: executed("accuracy-share")}) == []
    problems = "\n".join(glue.check_glue({path: executed("accuracy-extra", "accuracy-extra")}))
    assert '"accuracy-extra" is not used' in problems
    assert '"accuracy-extra" is made 2 times' in problems
    assert 'no cell of this page makes glue key "accuracy-share"' in problems


def test_the_command_names_the_number_and_fails(book, monkeypatch, capsys):
    """Catches a command that prints problems and still exits 0."""
    root = book(SOUND + "\nIt is right 81.3% of the time.\n")
    monkeypatch.chdir(root)
    assert prose.main([]) == 1
    assert 'typed number "81.3%" in a sentence: compute it in a code cell' in capsys.readouterr().out
    assert prose.main([str(root / "chapters/accuracy.md")]) == 1
    book()
    assert prose.main([]) == 0
