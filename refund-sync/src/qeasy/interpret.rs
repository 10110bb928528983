//! What a scheme's value would come to for one return, for the comparison only: no bill of ours is made by it. Figures are
//! decimals. What only 轻易云 could tell is said to be so.

use rust_decimal::{Decimal, RoundingStrategy};

use super::expression::{Expr, Op};
use super::json::Node;
use super::names::key_of_line;
use super::parts::{FieldRef, Find, Part};
use super::template::Template;

/// What a value comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing.
    Null,
    /// A figure.
    Number(Decimal),
    /// A text.
    Text(String),
    /// Only the data of another scheme could tell: the question.
    Asked(String),
    /// It cannot be computed here: why, in the scheme's own words.
    Unknown(String),
}

/// A return as 旺店通 answered it, and one of its lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    /// The return, or the stock-in where the scheme reads those.
    pub head: &'a Node,
    /// The line, in a row of FEntity.
    pub line: Option<&'a Node>,
}

impl Row<'_> {
    /// The value of a field; `None` where the row has none.
    fn value(&self, path: &str) -> Option<String> {
        let Some(key) = key_of_line(path) else { return self.head.get(path).and_then(Node::text) };
        match self.line {
            Some(line) => line.get(key).and_then(Node::text),
            // A head that names a line's field has the first one's.
            None => lines(self.head).first().and_then(|line| line.get(key)).and_then(Node::text),
        }
    }
}

/// The lines of a return or of a stock-in.
pub(super) fn lines(head: &Node) -> &[Node] {
    let lists = ["refund_order_list", "details_list"];
    lists.iter().find_map(|list| head.get(list)).map(Node::items).unwrap_or_default()
}

impl Answer {
    /// As it would be sent.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Number(number) => number.normalize().to_string(),
            Self::Text(text) => text.clone(),
            Self::Asked(question) => format!("⟨{question}⟩"),
            Self::Unknown(why) => format!("⟨? {why}⟩"),
        }
    }

    fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => Decimal::from_str_exact(text.trim()).ok(),
            _ => None,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self, Self::Asked(_) | Self::Unknown(_))
    }

    fn is_true(&self) -> bool {
        match self {
            Self::Number(number) => !number.is_zero(),
            Self::Text(text) => text == "true" || self.number().is_some_and(|number| !number.is_zero()),
            _ => false,
        }
    }
}

/// What a value comes to.
pub(super) fn answer(template: &Template, row: Row<'_>) -> Answer {
    match template {
        Template::Empty => Answer::Null,
        Template::Joined(parts) => text(parts, row),
        Template::Find(find) => asked(find, row),
        Template::Function(expr) => evaluate(expr, row),
        Template::Unclear(why) => Answer::Unknown(why.en.to_string()),
    }
}

fn text(parts: &[Part], row: Row<'_>) -> Answer {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Field(field) => match field_of(field, row) {
                open @ Answer::Unknown(_) => return open,
                value => text.push_str(&value.shown()),
            },
        }
    }
    Answer::Text(text)
}

fn field_of(field: &FieldRef, row: Row<'_>) -> Answer {
    let is_own = field.path.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    match row.value(&field.path) {
        Some(value) => Answer::Text(value),
        None if is_own => Answer::Unknown(field.path.clone()),
        None => Answer::Null,
    }
}

fn asked(find: &Find, row: Row<'_>) -> Answer {
    let by = find.by.iter().map(|(column, parts)| format!("{column}={}", text(parts, row).shown()));
    Answer::Asked(format!("{} of {} where {}", find.column, find.from, by.collect::<Vec<_>>().join(" ")))
}

/// What an expression comes to.
pub(super) fn evaluate(expr: &Expr, row: Row<'_>) -> Answer {
    match expr {
        Expr::Number(number) => Answer::Number(*number),
        Expr::Text(parts) => text(parts, row),
        Expr::Field(field) => field_of(field, row),
        Expr::Find(find) => asked(find, row),
        Expr::Null => Answer::Null,
        Expr::Bool(truth) => Answer::Text(truth.to_string()),
        Expr::Negative(inner) => figure(evaluate(inner, row), |number| Some(-number)),
        Expr::Binary(op, left, right) => binary(*op, evaluate(left, row), evaluate(right, row)),
        Expr::Call(name, of) => {
            let of: Vec<_> = of.iter().map(|argument| evaluate(argument, row)).collect();
            call(name, &of)
        }
        Expr::Case { of, whens, otherwise } => {
            let of = of.as_ref().map(|of| evaluate(of, row));
            for (when, then) in whens {
                let when = evaluate(when, row);
                let is_met = match &of {
                    Some(of) if of.is_open() => return of.clone(),
                    _ if when.is_open() => return when,
                    Some(of) => is_equal(of, &when),
                    None => when.is_true(),
                };
                if is_met {
                    return evaluate(then, row);
                }
            }
            otherwise.as_ref().map_or(Answer::Null, |otherwise| evaluate(otherwise, row))
        }
    }
}

fn figure(of: Answer, compute: impl FnOnce(Decimal) -> Option<Decimal>) -> Answer {
    match (&of, of.number()) {
        (Answer::Null, _) => Answer::Null,
        (_, Some(number)) => {
            compute(number).map_or_else(|| Answer::Unknown("out of range".to_owned()), Answer::Number)
        }
        (open, None) if open.is_open() => of,
        (_, None) => Answer::Unknown(format!("{} is no figure", of.shown())),
    }
}

fn is_equal(left: &Answer, right: &Answer) -> bool {
    match (left.number(), right.number()) {
        (Some(left), Some(right)) => left == right,
        _ => left != &Answer::Null && right != &Answer::Null && left.shown() == right.shown(),
    }
}

fn binary(op: Op, left: Answer, right: Answer) -> Answer {
    if left.is_open() {
        return left;
    }
    if right.is_open() {
        return right;
    }
    let truth = |truth: bool| Answer::Number(Decimal::from(u8::from(truth)));
    let (a, b) = (left.number(), right.number());
    let order = match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => left.shown().cmp(&right.shown()),
    };
    let computed = |with: fn(Decimal, Decimal) -> Option<Decimal>| match (a, b) {
        (Some(a), Some(b)) => with(a, b).map_or_else(
            || Answer::Unknown("division by zero: 轻易云 sends the expression itself".to_owned()),
            Answer::Number,
        ),
        _ => Answer::Null,
    };
    match op {
        Op::Plus => computed(Decimal::checked_add),
        Op::Minus => computed(Decimal::checked_sub),
        Op::Times => computed(Decimal::checked_mul),
        Op::Over => computed(Decimal::checked_div),
        Op::Modulo => computed(Decimal::checked_rem),
        Op::Equal => truth(is_equal(&left, &right)),
        Op::Unequal => truth(!is_equal(&left, &right)),
        Op::Less => truth(order.is_lt()),
        Op::AtMost => truth(order.is_le()),
        Op::More => truth(order.is_gt()),
        Op::AtLeast => truth(order.is_ge()),
        Op::And => truth(left.is_true() && right.is_true()),
        Op::Or => truth(left.is_true() || right.is_true()),
    }
}

fn call(name: &str, of: &[Answer]) -> Answer {
    let is_nothing = |answer: &Answer| matches!(answer, Answer::Null);
    match (name, of) {
        ("ifnull" | "coalesce" | "nvl", of) => {
            of.iter().find(|answer| !is_nothing(answer)).cloned().unwrap_or(Answer::Null)
        }
        ("if", [condition, yes, no]) => match condition {
            open if open.is_open() => open.clone(),
            condition if condition.is_true() => yes.clone(),
            _ => no.clone(),
        },
        _ if of.iter().any(Answer::is_open) => {
            of.iter().find(|answer| answer.is_open()).cloned().unwrap_or(Answer::Null)
        }
        ("abs", [number]) => figure(number.clone(), |number| Some(number.abs())),
        ("round", [number]) => figure(number.clone(), |number| Some(round(number, 0))),
        ("round", [number, digits]) => {
            let digits = digits.number().and_then(|digits| u32::try_from(digits).ok());
            match digits {
                Some(digits) => figure(number.clone(), |number| Some(round(number, digits))),
                None => Answer::Unknown("round to what".to_owned()),
            }
        }
        ("concat", of) if of.iter().any(is_nothing) => Answer::Null,
        ("concat", of) => Answer::Text(of.iter().map(Answer::shown).collect()),
        ("trim", [text]) => Answer::Text(text.shown().trim().to_owned()),
        ("date", [time]) => Answer::Text(time.shown().chars().take(10).collect()),
        ("date_format", [time, format]) => match date_format(&time.shown(), &format.shown()) {
            Some(text) => Answer::Text(text),
            None => Answer::Null,
        },
        (name, _) => Answer::Unknown(format!("the function {name}")),
    }
}

/// Half away from zero, as MySQL rounds decimals.
fn round(number: Decimal, digits: u32) -> Decimal {
    number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// MySQL's signs for the parts of a time. `None` for what is no time.
fn date_format(time: &str, format: &str) -> Option<String> {
    use chrono::{NaiveDate, NaiveDateTime};
    let moment = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S")
        .ok()
        .or_else(|| NaiveDate::parse_from_str(time, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
    let mut text = String::new();
    let mut signs = format.chars();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            text.push(sign);
            continue;
        }
        let ours = match signs.next()? {
            'Y' => "%Y",
            'y' => "%y",
            'm' => "%m",
            'c' => "%-m",
            'd' => "%d",
            'e' => "%-d",
            'H' => "%H",
            'i' => "%M",
            's' | 'S' => "%S",
            'T' => "%H:%M:%S",
            _ => return None,
        };
        text.push_str(&moment.format(ours).to_string());
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn come_to(value: &str) -> String {
        let row = r#"{"shop_no":"S1","modified":"2026-11-02 08:09:10","remark":null,"n":3,
            "refund_order_list":[{"amount":"10.00","num":"3"},{"amount":"5","num":"0"}]}"#;
        let row = json::read(row).documents.remove(0);
        answer(&Template::of(value), Row { head: &row, line: lines(&row).first() }).shown()
    }

    #[test]
    fn figures_are_decimals_and_round_half_away_from_zero() {
        assert_eq!(
            come_to("_function round({{refund_order_list.amount}}/{{refund_order_list.num}},7)"),
            "3.3333333"
        );
        assert_eq!(come_to("_function round(2.5) + abs(-1) * 2"), "5");
        assert_eq!(come_to("_function 0.1 + 0.2"), "0.3");
        assert!(come_to("_function 1 / 0").contains("division by zero"));
    }

    #[test]
    fn texts_cases_and_times_come_to_what_mysql_makes_of_them() {
        assert_eq!(come_to("_function concat('a', {{shop_no}})"), "aS1");
        assert_eq!(come_to("_function concat('a', {{remark}})"), "");
        assert_eq!(come_to("_function concat('a', ifnull({{remark}}, '-'))"), "a-");
        assert_eq!(come_to("_function case '{{shop_no}}' when 'S0' then 1 when 'S1' then 2 else 3 end"), "2");
        assert_eq!(come_to("_function case when {{n}} > 2 then 'many' end"), "many");
        assert_eq!(come_to("_function date_format({{modified}}, '%Y/%c/%e %H:%i')"), "2026/11/2 08:09");
    }

    #[test]
    fn what_only_the_other_program_knows_stays_a_question() {
        assert_eq!(come_to("_findCollection find a from b where c={{shop_no}}"), "⟨a of b where c=S1⟩");
        assert_eq!(
            come_to("_function round(substring_index('a','b',1),2)"),
            "⟨? the function substring_index⟩"
        );
        assert_eq!(come_to("{{CURRENT_TIME|datetime}}"), "⟨? CURRENT_TIME⟩");
    }
}
