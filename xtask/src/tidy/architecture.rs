//! What documents say of the code is true: each test that a table names is there, and the layers that ARCHITECTURE.md
//! shows are those that `layers` holds.

use super::{Fault, SourceFile, has_word, layers};

const FILE: &str = "ARCHITECTURE.md";
/// Cells below this heading name tests: `crate tests/it/file.rs::name`, or a file alone for every test in it.
const COLUMN: &str = "Test";
const LAYERS: [&str; 2] = ["<!-- layers:begin -->", "<!-- layers:end -->"];

/// Checks the documents against the code; `files` are all files of the repository.
pub(super) fn check(files: &[SourceFile]) -> Vec<Fault> {
    let documents = files.iter().filter(|file| file.extension() == "md");
    let mut faults: Vec<Fault> = documents.flat_map(|page| dead_tests(page, files)).collect();
    faults.extend(files.iter().find(|file| file.path == FILE).and_then(stale_layers));
    faults
}

fn dead_tests(page: &SourceFile, files: &[SourceFile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut column = None;
    for (number, line) in page.lines() {
        let Some(row) = line.strip_prefix('|') else {
            column = None;
            continue;
        };
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let Some(column) = column else {
            column = Some(cells.iter().position(|cell| *cell == COLUMN));
            continue;
        };
        let named = column.and_then(|column| cells.get(column)).into_iter().flat_map(|cell| in_code(cell));
        let wrong = named.filter_map(|test| Some((test, trouble(test, files)?)));
        faults.extend(wrong.map(|(test, trouble)| page.fault(number, format!("`{test}`: {trouble}"))));
    }
    faults
}

/// What stands between pairs of backticks.
fn in_code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What is wrong with a test's name, if anything is.
fn trouble(test: &str, files: &[SourceFile]) -> Option<&'static str> {
    let Some((package, place)) = test.split_once(' ') else {
        return Some("name it as `crate tests/it/file.rs::name`");
    };
    let (path, name) = place.split_once("::").map_or((place, None), |(path, name)| (path, Some(name)));
    let path = format!("{package}/{path}");
    let Some(file) = files.iter().find(|file| file.path == path) else {
        return Some("there is no such file; name the one that it moved to");
    };
    let Some(name) = name else {
        let holds_one = ["#[test]", "#[tokio::test"].iter().any(|mark| file.text.contains(mark));
        return (!holds_one).then_some("there is no test in this file");
    };
    let called = file.lines().any(|(_, line)| has_word(line, "fn") && has_word(line, name));
    (!called).then_some("there is no such test; name the one that guards this promise now")
}

/// The table of layers, compared with the one that is held.
fn stale_layers(page: &SourceFile) -> Option<Fault> {
    let [begin, end] = LAYERS;
    let line = page.lines().find(|(_, line)| *line == begin).map_or(1, |(number, _)| number);
    let table = layers::table();
    let shown = page.text.split_once(&format!("{begin}\n")).and_then(|(_, rest)| rest.split_once(end));
    if shown.is_some_and(|(shown, _)| shown == table) {
        return None;
    }
    Some(page.fault(
        line,
        format!("the layers that tidy holds are these; write them between {begin} and {end}:\n{table}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(page: &str) -> Vec<usize> {
        let layers = format!("{}\n{}{}\n", LAYERS[0], layers::table(), LAYERS[1]);
        let code = "#[test]\nfn it_holds() {}\n\n#[tokio::test]\nasync fn it_lasts() {}\n";
        let files = [
            SourceFile::of(FILE, &format!("{page}{layers}")),
            SourceFile::of("sdk/tests/it/a.rs", code),
            SourceFile::of("sdk/src/b.rs", "fn it_holds() {}\n"),
        ];
        check(&files).iter().map(|fault| fault.line).collect()
    }

    fn of_cell(cell: &str) -> Vec<usize> {
        lines_of(&format!("| Fails if | Test |\n|---|---|\n| never | {cell} |\n"))
    }

    #[test]
    fn tests_that_are_there_and_files_that_hold_some_are_fine() {
        assert_eq!(
            of_cell("`sdk tests/it/a.rs::it_holds`, `sdk tests/it/a.rs::it_lasts`, `sdk tests/it/a.rs`"),
            [0; 0]
        );
    }

    #[test]
    fn a_dead_name_is_found_whatever_is_wrong_with_it() {
        for dead in [
            "sdk tests/it/a.rs::it_held",
            "sdk tests/it/a.rs::holds",
            "sdk tests/it/gone.rs::it_holds",
            "other tests/it/a.rs::it_holds",
            "sdk src/b.rs",
            "it_holds",
        ] {
            assert_eq!(of_cell(&format!("`sdk tests/it/a.rs::it_holds`, `{dead}`")), [3], "{dead}");
        }
    }

    #[test]
    fn other_columns_and_other_tables_may_say_what_they_like() {
        assert_eq!(lines_of("| Test of | what |\n|---|---|\n| `x` | `y` |\n\n`z`\n"), [0; 0]);
        assert_eq!(
            lines_of("| Test | Why |\n|---|---|\n| `sdk tests/it/a.rs` | `y` |\n\n| a |\n|---|\n| `b` |\n"),
            [0; 0]
        );
    }

    #[test]
    fn a_table_of_layers_that_is_another_one_or_is_not_there_is_found() {
        let page = |text: &str| check(&[SourceFile::of(FILE, text)]).len();
        assert_eq!(page(&format!("x\n{}\n| other |\n{}\n", LAYERS[0], LAYERS[1])), 1);
        assert_eq!(page("x\n"), 1);
        assert_eq!(check(&[SourceFile::of("a.md", "x\n")]), []);
    }
}
