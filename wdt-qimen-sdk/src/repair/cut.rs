//! A page's list cut into its rows by looking for where they begin and end, so that a row that is no JSON is found and
//! its siblings are read. The text was cleaned before: `clean.rs`.

use serde_json::value::RawValue;

/// Row beginnings that are tried at most before the rest of a list is given up: a bound for hostile texts.
const MOST_TRIED: usize = 500;
/// Of those, the nearest ones, which are weighed by their brackets first.
const NEAREST: usize = 8;
/// Closing brackets from the answer's end that are tried as the end of its list.
const MOST_ENDS: usize = 8;

/// A list cut into rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cut<'a> {
    /// The answer with an empty list.
    pub(crate) envelope: String,
    /// The rows in their order: JSON texts, or what is left of a broken one.
    pub(crate) rows: Vec<Result<&'a str, &'a str>>,
}

/// Cuts the list under `list_key`. `None` if there is no list, or the answer around it cannot be read either.
pub(crate) fn cut<'a>(text: &'a str, list_key: &str) -> Option<Cut<'a>> {
    let start = list_start(text, list_key)?;
    let envelope = |end: usize| {
        let envelope = format!("{}]{}", &text[..start], &text[end..]);
        serde_json::from_str::<serde::de::IgnoredAny>(&envelope).is_ok().then_some(envelope)
    };
    let (mut rows, behind) = rows(text, start, |end| envelope(end).is_some());
    if let Some(end) = behind {
        return envelope(end).map(|envelope| Cut { envelope, rows });
    }
    // The last row never ends: the list ends where what follows closes the answer.
    let last = rows.pop()?.unwrap_or_else(|broken| broken);
    let from = last.as_ptr() as usize - text.as_ptr() as usize;
    text[from..].rmatch_indices(']').take(MOST_ENDS).find_map(|(place, _)| {
        let end = from + place;
        let envelope = envelope(end + 1)?;
        let mut rows = rows.clone();
        rows.push(Err(text[from..end].trim_end()));
        Some(Cut { envelope, rows })
    })
}

/// Behind the opening bracket of the list under a key.
fn list_start(text: &str, list_key: &str) -> Option<usize> {
    let quoted = format!("\"{list_key}\"");
    text.match_indices(&quoted).find_map(|(at, found)| {
        let after = &text[at + found.len()..];
        let value = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('[')?;
        Some(text.len() - value.len())
    })
}

/// The rows of a list, and behind its closing bracket; none where the last row does not end.
fn rows(
    text: &str,
    start: usize,
    closes_list: impl Fn(usize) -> bool,
) -> (Vec<Result<&str, &str>>, Option<usize>) {
    let mut rows = Vec::new();
    let mut starts = Vec::new();
    let mut is_broken = false;
    let mut at = start;
    let mut tried = 0;
    // Rows begin alike: by the first one's first key they are told from what stands within them.
    let mut opening = None;
    loop {
        at += text[at..].len() - text[at..].trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
        if text[at..].starts_with(']') && closes_list(at + 1) {
            return (rows, Some(at + 1));
        }
        if !text[at..].starts_with('{')
            && let Some(start) = starts.pop()
        {
            // The row before only seemed to end: what follows is no row.
            rows.pop();
            (at, is_broken) = (start, true);
        }
        let rest = &text[at..];
        if rest.is_empty() {
            return (rows, None);
        }
        if rows.iter().all(Result::is_err) {
            opening = opening_of(rest);
        }
        let whole = value_end(rest).filter(|end| !is_broken && is_row(&rest[..*end]));
        is_broken = false;
        starts.push(at);
        if let Some(end) = whole {
            rows.push(Ok(&rest[..end]));
            at += end;
            continue;
        }
        // Broken: it ends where another row begins.
        let next = opening.and_then(|opening| {
            let places: Vec<_> = rest
                .match_indices(opening)
                .map(|(place, _)| place)
                .filter(|place| rest[..*place].trim_end().ends_with(','))
                .take(MOST_TRIED.saturating_sub(tried))
                .collect();
            tried += 1;
            let is_beside = |place: &&usize| !is_within_list(&rest[..**place]);
            let is_whole = |place: &&usize| {
                value_end(&rest[**place..]).is_some_and(|end| is_row(&rest[**place..**place + end]))
            };
            let beside = places.iter().take(NEAREST).find(is_beside);
            beside.or_else(|| places.iter().find(is_whole)).or(places.first()).copied()
        });
        // The first key itself may be what is broken: then the row ends where its brackets do.
        let next = next.or_else(|| {
            let end = value_end(rest)?;
            let behind = rest[end..].trim_start().strip_prefix(',')?.trim_start();
            behind.starts_with('{').then(|| rest.len() - behind.len())
        });
        let Some(next) = next else {
            rows.push(Err(rest));
            return (rows, None);
        };
        rows.push(Err(rest[..next].trim_end_matches(|c: char| c.is_whitespace() || c == ',')));
        at += next;
    }
}

/// `{"key"`, as a row begins with it.
fn opening_of(row: &str) -> Option<&str> {
    let key = row.strip_prefix('{')?.trim_start().strip_prefix('"')?;
    let end = key.find('"')?;
    Some(&row[..row.len() - key.len() + end + 1])
}

/// Whether a list is open at the end of a text.
fn is_within_list(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_i32, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' if !in_string => depth += 1,
            b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}

fn is_row(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

/// Where the object or other value at the beginning of a text ends, by its brackets and strings.
fn value_end(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// The value of a key that can be seen in a broken row: a text without escapes, or a number.
pub(crate) fn seen_text<'a>(row: &'a str, key: &str) -> Option<&'a str> {
    let quoted = format!("\"{key}\"");
    row.match_indices(&quoted).find_map(|(at, found)| {
        let value = row[at + found.len()..].trim_start().strip_prefix(':')?.trim_start();
        match value.strip_prefix('"') {
            Some(text) => text.find('"').map(|end| &text[..end]).filter(|text| !text.contains('\\')),
            None => {
                let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
                Some(&value[..end]).filter(|number| !number.is_empty())
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{cut, seen_text};

    const HEAD: &str = r#"{"response":{"total_count":3,"rows":["#;
    const TAIL: &str = "]}}";

    fn rows_of(list: &str) -> Vec<Result<String, String>> {
        let text = format!("{HEAD}{list}{TAIL}");
        let cut = cut(&text, "rows").unwrap();
        assert_eq!(cut.envelope, format!("{HEAD}{TAIL}"));
        cut.rows.into_iter().map(|row| row.map(str::to_owned).map_err(str::to_owned)).collect()
    }

    #[test]
    fn rows_that_can_be_read_are_cut_out_whatever_their_siblings_are() {
        let (one, three) = (r#"{"no":"A","l":[{"x":"}"}]}"#, r#"{"no":"C","l":[]}"#);
        for broken in [
            r#"{"no":"B","l":[{"x":1"#,
            r#"{"no":"B","l":[{"x":1}]"#,
            r#"{"no":"B","l":"never ends"#,
            r#"{"no":"B""x":1}"#,
            r#"{"no":"B","x":tr,"l":[}"#,
        ] {
            let rows = rows_of(&format!("{one},{broken},{three}"));
            assert_eq!(rows[0].clone(), Ok(one.to_owned()), "{broken}");
            assert_eq!(rows[1].clone(), Err(broken.to_owned()), "{broken}");
            assert_eq!(rows[2].clone(), Ok(three.to_owned()), "{broken}");
            let last = rows_of(&format!("{one},{broken}"));
            assert_eq!((last.len(), last[1].is_err()), (2, true), "{broken}");
        }
        assert_eq!(rows_of(""), []);
    }

    #[test]
    fn what_is_cut_off_in_its_middle_is_no_page() {
        for text in ["", "{", r#"{"rows":["#, r#"{"rows":[{"no":"A"},{"no"#, r#"{"other":[]}"#] {
            assert_eq!(cut(text, "rows"), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_seen_in_what_is_left_of_a_row() {
        assert_eq!(seen_text(r#"{"id":7,"no" : "TK1","x":"#, "no"), Some("TK1"));
        assert_eq!(seen_text(r#"{"id":7,"no":"#, "id"), Some("7"));
        for row in [r#"{"no":"TK"#, r#"{"no":"a\"b"}"#, r#"{"no":}"#, ""] {
            assert_eq!(seen_text(row, "no"), None, "{row}");
        }
    }
}
