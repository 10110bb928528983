//! No secret in the source: a long literal beside a word such as `app_secret`.
//! Simulators, the demo, examples and tests have made-up ones; they are left alone.

use super::{Fault, SourceFile};

const NAMES: [&str; 5] = ["secret", "password", "passwd", "token", "private_key"];
const MADE_UP: [&str; 5] = ["tests", "mock", "demo", "examples", "benches"];
/// The shortest literal that is taken for a real one; vendors' secrets have 32 digits.
const LONG: usize = 16;

/// Checks for literal secrets.
pub(super) fn check(file: &SourceFile) -> Vec<Fault> {
    if MADE_UP.iter().any(|name| file.is_below(name)) || file.path == "Cargo.lock" {
        return Vec::new();
    }
    file.lines()
        // Unit tests stand at the end of their file.
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| holds_secret(line))
        .map(|(number, _)| file.fault(number, "looks like a literal secret; read it from the environment"))
        .collect()
}

fn holds_secret(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let Some(at) = NAMES.iter().filter_map(|name| lower.find(name)).min() else { return false };
    line[at..].split(['"', '\'']).skip(1).any(looks_secret)
}

/// Long, unbroken, and mixed as keys are: letters with digits.
fn looks_secret(literal: &str) -> bool {
    literal.len() >= LONG
        && literal.chars().all(|c| c.is_ascii_alphanumeric() || "+/=_-".contains(c))
        && literal.contains(|c: char| c.is_ascii_digit())
        && literal.contains(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(path: &str, text: &str) -> Vec<usize> {
        check(&SourceFile::of(path, text)).into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn a_long_literal_beside_a_secret_s_name_is_found() {
        let rust = "fine\nlet app_secret = \"7f3a9c21d0e84b56a1c2\";\n.password(\"Zx9-Zx9-Zx9-Zx9-Zx9\")\n";
        assert_eq!(lines_of("sdk/src/a.rs", rust), [2, 3]);
        assert_eq!(lines_of("x.toml", "token = \"abcdefgh12345678\"\n"), [1]);
        assert_eq!(lines_of("README.md", "{\"app_secret\": \"7f3a9c21d0e84b56a1c2\"}\n"), [1]);
    }

    #[test]
    fn names_of_variables_and_short_examples_are_fine() {
        assert_eq!(lines_of("a.md", "app_secret = { env = \"WDT_APP_SECRET\" }\npassword = \"…\"\n"), [0; 0]);
        assert_eq!(lines_of("a.rs", "secret(\"made-up\")\nlet id = \"7f3a9c21d0e84b56a1c2\";\n"), [0; 0]);
    }

    #[test]
    fn what_tests_and_simulators_make_up_is_no_secret() {
        let line = "app_secret(\"7f3a9c21d0e84b56a1c2\")\n";
        assert_eq!(lines_of("sdk/src/mock.rs", line), [0; 0]);
        assert_eq!(lines_of("sdk/tests/it/sign.rs", line), [0; 0]);
        assert_eq!(lines_of("sdk/src/sign.rs", &format!("#[cfg(test)]\nmod tests {{\n{line}}}\n")), [0; 0]);
    }
}
