//! JSON as people paste it: comments, trailing commas, text around it, templates that lost their quotes, parts left out by
//! an ellipsis. Every value knows its line, numbers stay text. What a scheme means is `qeasy::scheme`'s.

use super::fault::Broken;
use super::foreign;
use crate::lang::Text;

/// How deep values may lie in each other: far deeper than any scheme, and no danger to the stack.
const DEEPEST: usize = 64;
/// How many texts that turn out to be no JSON are tried before the rest counts as none.
const MOST_TRIES: usize = 50;

/// A value and the line it begins in, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub line: usize,
    /// What it is.
    pub value: Value,
}

/// A JSON value. Keys keep their order; of equal ones the last counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// As written.
    Number(String),
    /// `"…"`
    Text(String),
    /// `{{…}}` that stands without quotes.
    Bare(String),
    /// `[…]`
    List(Vec<Node>),
    /// `{…}`
    Object(Vec<(String, Node)>),
}

/// What a text holds.
#[derive(Debug, Default)]
pub struct Reading {
    /// The JSON texts in it, one behind the other.
    pub documents: Vec<Node>,
    /// Lines in which `...` stands for something that was left out.
    pub cuts: Vec<usize>,
    /// What began like JSON and is none.
    pub broken: Vec<Broken>,
}

impl Node {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().rev().find(|(known, _)| known == key).map(|(_, node)| node)
    }

    /// Keys and values, empty for what is no object.
    pub fn entries(&self) -> &[(String, Self)] {
        if let Value::Object(entries) = &self.value { entries } else { &[] }
    }

    /// The items, empty for what is no list.
    pub fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// A scalar as text; `None` for null, lists and objects.
    pub fn text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) | Value::Number(text) | Value::Bare(text) => Some(text.clone()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Null | Value::List(_) | Value::Object(_) => None,
        }
    }

    /// The scalar behind a key as text, trimmed; empty where there is none.
    pub fn text_of(&self, key: &str) -> String {
        self.get(key).and_then(Self::text).unwrap_or_default().trim().to_owned()
    }
}

/// Reads every JSON text in `text`; what stands around them is skipped.
pub fn read(text: &str) -> Reading {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { rest: text, line: 1, depth: 0, cuts: Vec::new() };
    let mut reading = Reading::default();
    while let Some(start) = reader.next_document() {
        match reader.value() {
            Ok(document) => reading.documents.push(document),
            Err(broken) => {
                reading.broken.push(broken);
                // Another text may follow in which this one stood.
                reader = Reader { depth: 0, ..start };
                reader.skip_line();
            }
        }
        if reading.broken.len() > MOST_TRIES {
            break;
        }
    }
    reading.cuts = reader.cuts;
    reading
}

#[derive(Clone)]
struct Reader<'a> {
    rest: &'a str,
    line: usize,
    depth: usize,
    cuts: Vec<usize>,
}

impl Reader<'_> {
    /// Goes to the next `{` or `[` that begins a line, or ends one; where that is.
    fn next_document(&mut self) -> Option<Self> {
        loop {
            self.blank().ok()?;
            if self.rest.starts_with(['{', '[']) {
                return Some(self.clone());
            }
            let line = self.rest.lines().next()?;
            let last = line.trim_end();
            match last.strip_suffix('{').or_else(|| last.strip_suffix('[')) {
                Some(before) => {
                    self.rest = &self.rest[before.len()..];
                    return Some(self.clone());
                }
                None => self.skip_line(),
            }
        }
    }

    fn skip_line(&mut self) {
        match self.rest.find('\n') {
            Some(end) => {
                self.rest = &self.rest[end + 1..];
                self.line += 1;
            }
            None => self.rest = "",
        }
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        if next == '\n' {
            self.line += 1;
        }
        Some(next)
    }

    fn eat(&mut self, expected: &str) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.line += expected.matches('\n').count();
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Skips blanks and comments; `Err` where one does not end.
    fn blank(&mut self) -> Result<(), Broken> {
        loop {
            let rest = self.rest.trim_start();
            self.line += self.rest[..self.rest.len() - rest.len()].matches('\n').count();
            self.rest = rest;
            if rest.starts_with("//") || rest.starts_with('#') {
                self.skip_line();
            } else if rest.starts_with("/*") {
                let Some(end) = rest.find("*/") else {
                    return Err(self.fault("注释 /* 没有结束", "a comment /* does not end"));
                };
                self.line += rest[..end].matches('\n').count();
                self.rest = &rest[end + 2..];
            } else {
                return Ok(());
            }
        }
    }

    /// `...` or `…` for what was left out.
    fn ellipsis(&mut self) -> Result<bool, Broken> {
        if !self.eat("...") && !self.eat("…") {
            return Ok(false);
        }
        while self.eat(".") || self.eat("…") {}
        self.cuts.push(self.line);
        self.blank()?;
        self.eat(",");
        self.blank()?;
        Ok(true)
    }

    fn value(&mut self) -> Result<Node, Broken> {
        self.blank()?;
        let line = self.line;
        if self.depth == DEEPEST {
            return Err(self.fault(
                "嵌套过深，不是轻易云方案",
                "lies too deep in other values: no scheme of 轻易云 does",
            ));
        }
        self.depth += 1;
        let value = match self.rest.chars().next() {
            Some('{') if is_template(self.rest) => Value::Bare(self.bare()?),
            Some('{') => Value::Object(self.object()?),
            Some('[') => Value::List(self.list()?),
            Some('"') => Value::Text(self.string()?),
            Some(_) => self.word()?,
            None => return Err(self.fault("内容在此中断", "the text ends in the middle")),
        };
        self.depth -= 1;
        Ok(Node { line, value })
    }

    fn object(&mut self) -> Result<Vec<(String, Node)>, Broken> {
        self.eat("{");
        let mut entries = Vec::new();
        loop {
            self.blank()?;
            if self.eat("}") {
                return Ok(entries);
            }
            if self.eat(",") {
                continue;
            }
            if self.ellipsis()? {
                // What was left out may hold the end of this object.
                if self.rest.starts_with(']') {
                    return Ok(entries);
                }
                continue;
            }
            if !self.rest.starts_with('"') {
                return Err(self.no_key());
            }
            let key = self.string()?;
            self.blank()?;
            if !self.eat(":") {
                return Err(self.fault(
                    &format!("键 {key:?} 后面缺少冒号"),
                    &format!("there is no colon behind the key {key:?}"),
                ));
            }
            entries.push((key, self.value()?));
            self.end_of_item('}')?;
        }
    }

    fn list(&mut self) -> Result<Vec<Node>, Broken> {
        self.eat("[");
        let mut items = Vec::new();
        loop {
            self.blank()?;
            if self.eat("]") {
                return Ok(items);
            }
            if self.eat(",") {
                continue;
            }
            if self.ellipsis()? {
                if self.rest.starts_with('}') {
                    return Ok(items);
                }
                continue;
            }
            items.push(self.value()?);
            self.end_of_item(']')?;
        }
    }

    fn end_of_item(&mut self, close: char) -> Result<(), Broken> {
        self.blank()?;
        if self.eat(",") || self.rest.starts_with(close) || self.rest.starts_with(['.', '…']) {
            return Ok(());
        }
        if self.rest.is_empty() {
            return Err(self.fault(
                &format!("内容在此中断，缺少 {close}"),
                &format!("the text ends in the middle: there is no {close}"),
            ));
        }
        if self.rest.starts_with("=>") {
            return Err(foreign::php(self.line));
        }
        Err(self.fault(&format!("此处应为逗号或 {close}"), &format!("a comma or {close} is expected here")))
    }

    fn string(&mut self) -> Result<String, Broken> {
        let start = self.line;
        self.eat("\"");
        let mut text = String::new();
        loop {
            match self.bump() {
                Some('"') => return Ok(text),
                Some('\\') => self.escape(&mut text),
                Some(plain) => text.push(plain),
                None => {
                    return Err(Broken::at(
                        start,
                        Text::new("此行的引号没有闭合", "a quote of this line is not closed"),
                        Text::new("补上引号", "close the quote"),
                    ));
                }
            }
        }
    }

    /// What a backslash begins. One that begins nothing, as in the name of a PHP class, stays.
    fn escape(&mut self, text: &mut String) {
        let plain = match self.rest.chars().next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(quoted @ ('"' | '\\' | '/')) => quoted,
            Some('u') => return self.unicode(text),
            _ => return text.push('\\'),
        };
        self.bump();
        text.push(plain);
    }

    fn unicode(&mut self, text: &mut String) {
        let unit = |rest: &str| {
            let digits = rest.strip_prefix('u')?.get(..4)?;
            u16::from_str_radix(digits, 16).ok()
        };
        let Some(first) = unit(self.rest) else { return text.push('\\') };
        let mut units = vec![first];
        self.rest = &self.rest[5..];
        if (0xd800..0xdc00).contains(&first)
            && let Some(second) = self.rest.strip_prefix('\\').and_then(unit)
        {
            units.push(second);
            self.rest = &self.rest[6..];
        }
        text.push_str(&String::from_utf16_lossy(&units));
    }

    /// `{{…}}` or `{NAME}` without quotes.
    fn bare(&mut self) -> Result<String, Broken> {
        let double = self.rest.starts_with("{{");
        let close = if double { "}}" } else { "}" };
        let line = self.rest.lines().next().unwrap_or_default();
        let Some(end) = line.find(close) else {
            return Err(self.fault("花括号没有闭合", "a brace is not closed"));
        };
        let (bare, rest) = self.rest.split_at(end + close.len());
        self.rest = rest;
        Ok(bare.to_owned())
    }

    fn word(&mut self) -> Result<Value, Broken> {
        let is_end = |c: char| matches!(c, ',' | '}' | ']' | ':' | '=' | '(') || c.is_whitespace();
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            number if is_number(number) => Value::Number(number.to_owned()),
            _ => return Err(self.no_value(word)),
        };
        self.rest = &self.rest[end..];
        Ok(value)
    }

    fn no_key(&self) -> Broken {
        match self.rest.chars().next() {
            None => self.fault("内容在此中断，缺少 }", "the text ends in the middle: there is no }"),
            Some('\'') => {
                let line = self.rest.lines().next().unwrap_or_default();
                if line.contains("=>") { foreign::php(self.line) } else { foreign::javascript(self.line) }
            }
            Some('“' | '”') => foreign::typographic(self.line),
            Some(c) if c.is_alphabetic() || c == '_' || c == '$' => foreign::javascript(self.line),
            Some(_) => self.fault("此处应为带引号的键", "a key in quotes is expected here"),
        }
    }

    fn no_value(&self, word: &str) -> Broken {
        let line = self.rest.lines().next().unwrap_or_default();
        match word.chars().next() {
            Some('\'') if line.contains("=>") => foreign::php(self.line),
            Some('\'' | '`') => foreign::javascript(self.line),
            Some('“' | '”') => foreign::typographic(self.line),
            _ if word == "array" || line.contains("=>") => foreign::php(self.line),
            _ if matches!(word, "undefined" | "function" | "new") => foreign::javascript(self.line),
            _ => {
                let shown: String = word.chars().take(40).collect();
                self.fault(&format!("{shown:?} 不是 JSON 的值"), &format!("{shown:?} is no value of JSON"))
            }
        }
    }

    fn fault(&self, zh: &str, en: &str) -> Broken {
        Broken::at(self.line, Text::of(zh, en), Text::new("在此行修正 JSON", "correct the JSON in this line"))
    }
}

/// `{{…}}`, or `{NAME}`: no object begins so.
fn is_template(rest: &str) -> bool {
    if rest.starts_with("{{") {
        return true;
    }
    let name = rest[1..].split('}').next().unwrap_or_default();
    !name.is_empty() && name.len() < rest.len() - 1 && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Node {
        let mut reading = read(text);
        assert!(reading.broken.is_empty(), "{:?}", reading.broken);
        reading.documents.remove(0)
    }

    #[test]
    fn comments_trailing_commas_and_lost_quotes_are_read_with_their_lines() {
        let node = one(
            "// note\n{\n\"a\": [1, 2.50,], /* b */\n\"w\": {{LAST|datetime}}, # c\n\"k\": \"\\K3\\u4e2d\"\n,}",
        );
        assert_eq!(node.line, 2);
        assert_eq!(node.get("a").unwrap().items()[1].value, Value::Number("2.50".into()));
        assert_eq!(node.get("w").unwrap(), &Node { line: 4, value: Value::Bare("{{LAST|datetime}}".into()) });
        assert_eq!(node.text_of("k"), "\\K3中");
    }

    #[test]
    fn several_texts_are_found_between_prose_and_code() {
        let reading = read("标题 {x}\n```json\n{\"a\":1}\n```\ndata = {\n  'k': 2\n}\n[{\"b\":2, ...}]\n");
        assert_eq!(reading.documents.len(), 2);
        assert_eq!(reading.documents[1].line, 8);
        assert_eq!(reading.cuts, [8]);
        assert_eq!(reading.broken.len(), 1);
    }

    #[test]
    fn what_is_no_json_is_named_by_what_it_looks_like() {
        let said = |text: &str| read(text).broken.first().map(|broken| broken.message.en.to_string());
        for (text, like) in [
            ("{ 'api' => 'x' }", "PHP"),
            ("[\n 'api' => 'x',\n]", "PHP"),
            ("{ \"a\": array(1) }", "PHP"),
            ("{ api: 'x' }", "JavaScript"),
            ("{ “api”: 1 }", "typographic"),
            ("{ \"a\": 1", "ends in the middle"),
            ("{ \"a\": 1 \"b\": 2 }", "comma"),
        ] {
            assert!(said(text).is_some_and(|said| said.contains(like)), "{text}: {:?}", said(text));
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert!(read(&deep).broken[0].message.en.contains("too deep"));
    }
}
