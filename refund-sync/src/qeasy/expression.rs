//! `_function …` of a scheme, read: figures, texts, fields, arithmetic, comparisons, calls, `case`. What cannot be read is
//! said so. Nothing here computes: a bill is never made by an expression (`qeasy::interpret` compares).

use rust_decimal::Decimal;

use super::parts::{FieldRef, Find, Part, find, parts, shown, word};
use crate::lang::Text;

/// How deep an expression may go.
const DEEPEST: usize = 48;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A figure.
    Number(Decimal),
    /// A text in quotes, with fields in it.
    Text(Vec<Part>),
    /// A field.
    Field(FieldRef),
    /// A look-up.
    Find(Find),
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `-x`
    Negative(Box<Expr>),
    /// `a + b`, `a = b`, `a and b`
    Binary(Op, Box<Expr>, Box<Expr>),
    /// `name(…)`, the name in lower case.
    Call(String, Vec<Expr>),
    /// `case of when a then b … else c end`
    Case {
        /// What is compared; `None`: each `when` is a condition.
        of: Option<Box<Expr>>,
        /// `when`, `then`
        whens: Vec<(Expr, Expr)>,
        /// `else`
        otherwise: Option<Box<Expr>>,
    },
}

/// What stands between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
    /// `%`
    Modulo,
    /// `=`
    Equal,
    /// `<>`, `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `and`
    And,
    /// `or`
    Or,
}

impl Expr {
    /// Goes through it and all that it is made of.
    pub(super) fn visit(&self, look: &mut impl FnMut(&Self)) {
        look(self);
        match self {
            Self::Negative(inner) => inner.visit(look),
            Self::Binary(_, left, right) => {
                left.visit(look);
                right.visit(look);
            }
            Self::Call(_, of) => of.iter().for_each(|argument| argument.visit(look)),
            Self::Case { of, whens, otherwise } => {
                of.iter().chain(otherwise).for_each(|part| part.visit(look));
                for (when, then) in whens {
                    when.visit(look);
                    then.visit(look);
                }
            }
            Self::Number(_) | Self::Text(_) | Self::Field(_) | Self::Find(_) | Self::Null | Self::Bool(_) => {
            }
        }
    }

    /// Every field that it names, each once.
    pub(super) fn fields(&self) -> Vec<String> {
        let mut named: Vec<String> = Vec::new();
        let mut note = |field: &FieldRef| {
            if !named.contains(&field.path) {
                named.push(field.path.clone());
            }
        };
        self.visit(&mut |expr| match expr {
            Self::Field(field) => note(field),
            Self::Text(parts) => parts.iter().for_each(|part| {
                if let Part::Field(field) = part {
                    note(field);
                }
            }),
            Self::Find(find) => find.by.iter().flat_map(|(_, parts)| parts).for_each(|part| {
                if let Part::Field(field) = part {
                    note(field);
                }
            }),
            _ => {}
        });
        named
    }
}

/// Reads what stands behind `_function`.
pub(super) fn parse(text: &str) -> Result<Expr, Text> {
    let mut reader = Reader { rest: text, depth: 0, whole: text };
    let expr = reader.either()?;
    if reader.blank().is_empty() { Ok(expr) } else { Err(reader.unclear()) }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
    whole: &'a str,
}

impl<'a> Reader<'a> {
    fn blank(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn eat(&mut self, sign: &str) -> bool {
        self.blank();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn eat_word(&mut self, expected: &str) -> bool {
        self.blank();
        match word(self.rest, expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn unclear(&self) -> Text {
        let at = if self.rest.trim().is_empty() { "…" } else { self.rest.trim() };
        Text::of(
            format!("表达式在“{}”处无法理解：{}", shown(at), shown(self.whole)),
            format!("the expression cannot be understood at \"{}\": {}", shown(at), shown(self.whole)),
        )
    }

    fn either(&mut self) -> Result<Expr, Text> {
        if self.depth == DEEPEST {
            return Err(Text::new("表达式嵌套过深", "the expression goes too deep"));
        }
        self.depth += 1;
        let mut left = self.both()?;
        while self.eat("||") || self.eat_word("or") {
            left = Expr::Binary(Op::Or, Box::new(left), Box::new(self.both()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn both(&mut self) -> Result<Expr, Text> {
        let mut left = self.comparison()?;
        while self.eat("&&") || self.eat_word("and") {
            left = Expr::Binary(Op::And, Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expr, Text> {
        const SIGNS: [(&str, Op); 8] = [
            ("==", Op::Equal),
            ("<>", Op::Unequal),
            ("!=", Op::Unequal),
            ("<=", Op::AtMost),
            (">=", Op::AtLeast),
            ("=", Op::Equal),
            ("<", Op::Less),
            (">", Op::More),
        ];
        let left = self.sum()?;
        match SIGNS.iter().find(|(sign, _)| self.eat(sign)) {
            Some((_, op)) => Ok(Expr::Binary(*op, Box::new(left), Box::new(self.sum()?))),
            None => Ok(left),
        }
    }

    fn sum(&mut self) -> Result<Expr, Text> {
        let mut left = self.product()?;
        loop {
            let op = if self.eat("+") {
                Op::Plus
            } else if self.eat("-") {
                Op::Minus
            } else {
                return Ok(left);
            };
            left = Expr::Binary(op, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expr, Text> {
        let mut left = self.single()?;
        loop {
            let op = if self.eat("*") {
                Op::Times
            } else if self.eat("/") {
                Op::Over
            } else if self.eat("%") {
                Op::Modulo
            } else {
                return Ok(left);
            };
            left = Expr::Binary(op, Box::new(left), Box::new(self.single()?));
        }
    }

    fn single(&mut self) -> Result<Expr, Text> {
        let mut signs = 0_usize;
        while self.eat("-") {
            signs += 1;
        }
        let expr = self.atom()?;
        Ok(if signs % 2 == 1 { Expr::Negative(Box::new(expr)) } else { expr })
    }

    fn atom(&mut self) -> Result<Expr, Text> {
        let rest = self.blank();
        match rest.chars().next() {
            Some('(') => {
                self.rest = &rest[1..];
                let inner = self.either()?;
                if self.eat(")") { Ok(inner) } else { Err(self.unclear()) }
            }
            Some(quote @ ('\'' | '"')) => {
                let inside = &rest[1..];
                let end = inside.find(quote).ok_or_else(|| self.unclear())?;
                self.rest = &inside[end + 1..];
                parts(&inside[..end]).map(Expr::Text)
            }
            Some('{') => self.field(),
            Some(digit) if digit.is_ascii_digit() || digit == '.' => self.number(),
            Some(letter) if letter.is_alphabetic() || letter == '_' => self.named(),
            _ => Err(self.unclear()),
        }
    }

    fn field(&mut self) -> Result<Expr, Text> {
        let end = self.rest.find('}').ok_or_else(|| self.unclear())?;
        let closing = self.rest[end..].len() - self.rest[end..].trim_start_matches('}').len();
        let (text, rest) = self.rest.split_at(end + closing);
        match parts(text)?.into_iter().next() {
            Some(Part::Field(field)) => {
                self.rest = rest;
                Ok(Expr::Field(field))
            }
            _ => Err(self.unclear()),
        }
    }

    fn number(&mut self) -> Result<Expr, Text> {
        let is_end = |c: char| !c.is_ascii_digit() && c != '.';
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let number = Decimal::from_str_exact(&self.rest[..end]).map_err(|_| self.unclear())?;
        self.rest = &self.rest[end..];
        Ok(Expr::Number(number))
    }

    fn named(&mut self) -> Result<Expr, Text> {
        if let Some(rest) = word(self.rest, "_findCollection") {
            let (find, behind) = find(rest)?;
            self.rest = behind;
            return Ok(Expr::Find(find));
        }
        for (name, value) in [("null", Expr::Null), ("true", Expr::Bool(true)), ("false", Expr::Bool(false))]
        {
            if self.eat_word(name) {
                return Ok(value);
            }
        }
        if self.eat_word("case") {
            return self.case();
        }
        let is_end = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.');
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let name = &self.rest[..end];
        self.rest = &self.rest[end..];
        if !self.eat("(") {
            // A field that lost its braces.
            return Ok(Expr::Field(FieldRef { path: name.to_owned(), format: String::new() }));
        }
        let mut of = Vec::new();
        while !self.eat(")") {
            of.push(self.either()?);
            if !self.eat(",") && !self.blank().starts_with(')') {
                return Err(self.unclear());
            }
        }
        Ok(Expr::Call(name.to_lowercase(), of))
    }

    fn case(&mut self) -> Result<Expr, Text> {
        let of = if word(self.blank(), "when").is_some() { None } else { Some(Box::new(self.either()?)) };
        let mut whens = Vec::new();
        while self.eat_word("when") {
            let when = self.either()?;
            if !self.eat_word("then") {
                return Err(self.unclear());
            }
            whens.push((when, self.either()?));
        }
        let otherwise = if self.eat_word("else") { Some(Box::new(self.either()?)) } else { None };
        if whens.is_empty() || !self.eat_word("end") {
            return Err(self.unclear());
        }
        Ok(Expr::Case { of, whens, otherwise })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<String> {
        parse(text).unwrap_or_else(|why| panic!("{text}: {why}")).fields()
    }

    #[test]
    fn the_functions_of_published_schemes_are_read() {
        assert_eq!(fields(" round({{{l.amount}}/{{l.num}},7)"), ["l.amount", "l.num"]);
        assert_eq!(fields("ABS( l.price)"), ["l.price"]);
        assert_eq!(fields("case '{{wh}}' when '1' then 'A' else '{{l.batch}}' end"), ["wh", "l.batch"]);
        assert_eq!(
            fields(
                "case _findCollection find F from 1-2 where N={{l.no}} _endFind when true then '{{l.day}}' else '' end"
            ),
            ["l.no", "l.day"]
        );
        assert_eq!(fields("concat(ifnull({{remark}},''),' ',{{tid}})"), ["remark", "tid"]);
        assert_eq!(fields("{{tax}} * 100 - -1 >= 2 and not_a_word = 'x'"), ["tax", "not_a_word"]);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_ends() {
        for text in ["", "round(", "1 +", "case 1 end", "'open", "{{open", "a b", "round(1 2)"] {
            assert!(parse(text).is_err(), "{text}");
        }
        let deep = format!("{}1", "(".repeat(100_000));
        assert!(parse(&deep).is_err_and(|why| why.en.contains("too deep")));
    }
}
