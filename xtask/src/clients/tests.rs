//! Each client's run as a specification: what works, what is refused, and which faults are the client's own. Without a
//! package index they are skipped out loud, under `CI` that is a failure.

mod kingdee;
mod wdt;

use std::{
    env, fs,
    io::{self, Write as _},
    path::Path,
};

use super::{
    catalogue::{self, CLIENTS},
    list,
    run::{self, Call, Run},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn list_of_clients() -> String {
    fs::read_to_string(root().join(list::FILE)).unwrap().replace("\r\n", "\n")
}

/// The client's run, held against what is expected of each call and against its section of the list.
fn run(name: &str, expected: &[(&str, &str)]) -> Option<Run> {
    let client = catalogue::find(name).unwrap();
    let run = match run::run(root(), client) {
        Ok(run) => run,
        Err(why) if env::var("CI").as_deref() == Ok("true") => panic!("{why:#}"),
        Err(why) => {
            // Not by a macro: the test's own output is swallowed when it passes.
            writeln!(io::stderr(), "\nSKIPPED, {name} cannot be had: {why:#}").unwrap();
            return None;
        }
    };
    let seen: Vec<_> = run.calls.iter().map(|call| (call.name.as_str(), call.result.as_str())).collect();
    assert_eq!(seen, expected, "{:#?}", run.calls);
    for Call { name, result, note, .. } in &run.calls {
        let own_fault = matches!(result.as_str(), "misread" | "fails");
        assert!(!own_fault || !note.is_empty(), "{name}: what does the client do wrong?");
    }
    let made = list::section(client, &run);
    let again = "write the list anew: cargo xtask clients";
    assert_eq!(list::kept(&list_of_clients(), client), Some(made.as_str()), "{again}");
    Some(run)
}

#[test]
fn the_list_has_a_section_for_each_client_in_order_and_nothing_else() {
    let kept = list_of_clients();
    let sections: Option<Vec<_>> =
        CLIENTS.iter().map(|client| list::kept(&kept, client).map(str::to_owned)).collect();
    let sections = sections.unwrap();
    assert_eq!(list::whole(&sections), kept, "write the list anew: cargo xtask clients");
    let testing = fs::read_to_string(root().join(list::SUMMARY)).unwrap().replace("\r\n", "\n");
    let made = list::summarised(&testing, &sections);
    assert_eq!(made.as_deref(), Some(testing.as_str()), "write the summary anew: cargo xtask clients");
}

#[test]
fn each_package_is_pinned_and_each_clients_version_is_the_one_in_its_list() {
    for client in CLIENTS {
        let pinned = client.environment.pinned(root()).unwrap();
        let wanted = (client.name.to_owned(), client.version.to_owned());
        assert!(pinned.contains(&wanted), "{wanted:?} is not in {pinned:?}");
    }
}

#[test]
fn a_cell_stays_one_cell() {
    let call = Call {
        name: "a|b".to_owned(),
        sent: vec!["POST /p".to_owned(), "GET /q".to_owned()],
        understood: "two\nlines ".to_owned(),
        result: "works".to_owned(),
        note: String::new(),
    };
    let section = list::section(&CLIENTS[0], &Run { calls: vec![call], left: None });
    let row = section.lines().last().unwrap();
    assert_eq!(row, r"| a\|b | `POST /p`<br>`GET /q` | two lines | works | |");
}
