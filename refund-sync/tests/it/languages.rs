//! One language a line: every command in each of them.

use std::path::Path;
use std::process::Command;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::returns::{many, plain, with_lines};
use crate::scene::{Done, Scene};

/// Names that are the same in both languages.
const NAMES: [&str; 5] = ["金蝶云星空", "金蝶", "旺店通", "轻易云", "销售退货单"];

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Several English words in a row, which no name, no key and no command has.
fn has_english(line: &str) -> bool {
    let mut in_a_row = 0;
    for word in line.split(' ') {
        let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let is_word = bare.len() > 1 && bare.chars().all(|c| c.is_ascii_lowercase() || c == '\'');
        in_a_row = if is_word { in_a_row + 1 } else { 0 };
        if in_a_row > 2 {
            return true;
        }
    }
    false
}

/// Lines that are not of this language alone, apart from what another system said.
fn strange(done: &Done, lang: &str, said: &[&str]) -> Vec<String> {
    let bare = |line: &str| {
        let names = NAMES.iter().chain(said);
        names.fold(line.to_owned(), |line, name| line.replace(name, ""))
    };
    let is_strange = |line: &str| match lang {
        "en" => line.contains(is_han),
        _ => has_english(line),
    };
    done.out.lines().chain(done.err.lines()).map(bare).filter(|line| is_strange(line)).collect()
}

fn speaks(lang: &str, mut command: Command) -> Done {
    command.env("REFUND_SYNC_LANG", lang);
    Done::of(command)
}

#[tokio::test]
async fn every_command_speaks_one_language_a_line() {
    for lang in ["zh", "en"] {
        let mut unknown = plain("TK9101");
        unknown.set("shop_no", "S009");
        let mut filtered = plain("TK9201");
        filtered.set("type", 4);
        let scene =
            Scene::with(many(4).into_iter().chain([unknown, filtered, with_lines("TK9301", &[])])).await;
        let backup = scene.folder().join("copy.db");
        let backup = backup.to_str().unwrap();
        let tables = scene.folder().join("tables");
        let tables = tables.to_str().unwrap();
        let mut found = Vec::new();
        let commands: &[&[&str]] = &[
            &["status"],
            &["parked"],
            &["why", "TK9101"],
            &["check"],
            &["check", "--live"],
            &["run", "--dry-run"],
            &["run", "--until-settled", "--timeout", "3m"],
            &["status"],
            &["parked"],
            &["why", "TK9101"],
            &["why", "TK0001", "--verbose"],
            &["why", "TK9201"],
            &["why", "nobody"],
            &["find", "TK9"],
            &["find", "nobody"],
            &["find", " "],
            &["retry", "TK9101"],
            &["retry", "nobody"],
            &["decide", "TK9101", "--as", "ignored", "--note", "-", "--by", "A"],
            &["decide", "TK9101", "--as", "arrived", "--by", "A"],
            &["decide", "nobody", "--as", "ignored", "--note", "-", "--by", "A"],
            &["why", "TK9101"],
            &["month", "2026-11"],
            &["month", "2026-11", "--close", "--by", "A"],
            &["month", "2026-11", "--reopen", "--by", "A"],
            &["reconcile", "--from", "2026-11-01", "--to", "2026-11-30", "--by", "shop,month"],
            &["reconcile", "--from", "2026-11-30", "--to", "2026-11-01"],
            &["mapping", "coverage"],
            &["mapping", "export", "--folder", tables],
            &["mapping", "export", "--folder", tables],
            &["fields", "--required"],
            &["doctor"],
            &["doctor", "--offline"],
            &["backfill", "--from", "2026-11-01", "--to", "2026-11-02", "--plan"],
            &["backup", backup],
            &["backup", backup],
            &["journal", "check"],
            &["restore", "/nowhere"],
            &["restore", backup],
            &["alert", "test"],
            &["init"],
        ];
        for args in commands {
            let done = speaks(lang, scene.command(args));
            let said = format!("{args:?} {}{}", done.out, done.err);
            assert!(!said.trim().is_empty());
            // What `--verbose` adds are the journal's own words.
            let verbose = args.contains(&"--verbose");
            // What fields are called is 金蝶's word.
            let names = lang == "en" && args[0] == "fields";
            let mine = strange(&done, lang, &[]).into_iter().filter(|_| !names);
            found.extend(
                mine.filter(|line| !(verbose && line.contains('{'))).map(|line| format!("{args:?}: {line}")),
            );
        }
        scene.change("sid = \"demo2\"", "sid = \"wrong\"");
        for args in [["run"].as_slice(), &["status"], &["run"], &["doctor"]] {
            let done = speaks(lang, scene.command(args));
            let said = ["卖家账号不存在"];
            found.extend(strange(&done, lang, &said).into_iter().map(|line| format!("{args:?}: {line}")));
        }
        assert!(found.is_empty(), "{lang}:\n{}", found.join("\n"));
    }
}

/// A site that answers every call so.
async fn answers(status: u16, body: &str) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_string(body);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// What a side may do to a call, and what it is told by: the words that this language has for it.
const TROUBLES: [(&str, &str, &str); 6] = [
    ("http://127.0.0.1:9", "连接被拒绝", "refused"),
    ("http://nowhere.invalid", "域名无法解析", "lookup address"),
    ("407", "代理拒绝（407）", "the proxy refuses with 407"),
    ("200 {\"a\":", "应答", "answer"),
    ("200 {}", "应答", "answer"),
    ("200 [[1,2", "应答", "answer"),
];

/// What is not told in the reader's language of a side that is so troubled.
async fn strange_of(side: &str, (trouble, zh, en): (&str, &str, &str)) -> Vec<String> {
    let server = match trouble.split_once(' ') {
        Some((_, body)) => Some(answers(200, body).await),
        None if trouble == "407" => Some(answers(407, "").await),
        None => None,
    };
    let address = server.as_ref().map_or(trouble.to_owned(), MockServer::uri);
    let scene = Scene::with([plain("TK9101")]).await;
    let before = if side == "wdt" { scene.shop_server.uri() } else { scene.books_server.uri() };
    scene.change(&before, &address);
    let mut found = Vec::new();
    // What a run could not do is kept in both languages, whichever it ran in.
    for (lang, wanted, commands) in
        [("zh", zh, ["run", "status", "doctor"].as_slice()), ("en", en, &["status"])]
    {
        let done: Vec<_> = commands.iter().map(|&args| speaks(lang, scene.command(&[args]))).collect();
        let said: String = done.iter().fold(String::new(), |all, done| all + &done.out + &done.err);
        assert!(said.contains(wanted), "{side}, {trouble}: {said}");
        let told = done.iter().flat_map(|done| strange(done, lang, &[]));
        found.extend(told.map(|line| format!("{side}, {trouble}, {lang}: {line}")));
    }
    found
}

// Each run tries again for half a minute; they do it at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 24)]
async fn why_a_side_cannot_be_worked_with_is_told_in_one_language() {
    let sides = ["wdt", "kingdee"];
    let all = sides.iter().flat_map(|side| TROUBLES.map(|trouble| tokio::spawn(strange_of(side, trouble))));
    let mut found = Vec::new();
    for one in all.collect::<Vec<_>>() {
        found.extend(one.await.unwrap());
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_demo_and_an_import_speak_one_language_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let scheme = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/qeasy/three-orgs.json");
    let scheme = scheme.to_str().unwrap();
    for lang in ["zh", "en"] {
        for args in [
            ["demo", "--refunds", "60", "--faults", "light"].as_slice(),
            &["import-qeasy", scheme, "--out", lang],
            &["import-qeasy", scheme, "--out", lang],
            &["init"],
            &["check"],
        ] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_refund-sync"));
            command.env_clear().current_dir(folder.path()).args(args);
            let strange = strange(&speaks(lang, command), lang, &[]);
            assert!(strange.is_empty(), "{lang} {args:?}:\n{}", strange.join("\n"));
        }
        std::fs::remove_file(folder.path().join("refund-sync.toml")).unwrap();
    }
}

#[test]
fn help_and_what_is_wrong_with_a_command_line_speak_one_language() {
    let folder = tempfile::tempdir().unwrap();
    let commands = [
        "demo",
        "init",
        "import-qeasy",
        "check",
        "run",
        "serve",
        "ready",
        "backfill",
        "reconcile",
        "mapping",
        "fields",
        "alert",
        "mcp",
        "status",
        "why",
        "find",
        "parked",
        "retry",
        "month",
        "decide",
        "backup",
        "restore",
        "journal",
        "doctor",
        "schema",
        "completions",
    ];
    let help = commands.iter().map(|command| vec![*command, "--help"]);
    let wrong = [
        "",
        "mnoth",
        "month",
        "month 2026-13",
        "month 2026-11 --close --reopen",
        "status --jsno",
        "find",
        "retry",
        "retry TK1 --all",
        "decide TK1 --as foo",
        "decide --as",
        "demo --refunds 0",
        "backfill --from x --to y",
        "run --until-settled --timeout 5",
        "run --dry-run --until-settled",
        "--log-format xml status",
        "journal",
    ];
    let wrong = wrong.iter().map(|line| line.split(' ').filter(|word| !word.is_empty()).collect());
    let all: Vec<Vec<&str>> =
        [vec!["--help"], vec!["--version"]].into_iter().chain(help).chain(wrong).collect();
    for lang in ["zh", "en"] {
        for args in &all {
            for chosen in [vec![], vec!["--lang", lang]] {
                let mut command = Command::new(env!("CARGO_BIN_EXE_refund-sync"));
                command.env_clear().current_dir(folder.path()).args(&chosen).args(args);
                let done = if chosen.is_empty() { speaks(lang, command) } else { Done::of(command) };
                let strange = strange(&done, lang, &[]);
                assert!(strange.is_empty(), "{lang} {args:?}:\n{}", strange.join("\n"));
                let said = format!("{}{}", done.out, done.err);
                assert!(lang == "en" || !said.contains("Usage") && !said.contains("error:"), "{said}");
            }
        }
    }
}
