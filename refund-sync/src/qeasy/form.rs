//! What a value of a scheme comes to, as far as rules without expressions can say it: a constant, a field, fields joined,
//! a table by one field. What is left is a function.

use super::expression::Expr;
use super::parts::{FieldRef, Find, Part};
use super::template::Template;
use crate::lang::Text;

/// A value, in the simplest form it has.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// Nothing is sent.
    Empty,
    /// Always the same.
    Constant(String),
    /// A field.
    Field(FieldRef),
    /// Text and fields.
    Joined(Vec<Part>),
    /// A look-up in another scheme.
    Find(Find),
    /// A constant by the value of a field.
    Switch(Switch),
    /// Anything else that was read.
    Function(Expr),
    /// What could not be read, and why.
    Unclear(Text),
}

/// `case '{{shop_no}}' when 'S001' then '100' … else '102' end`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Switch {
    pub(super) by: FieldRef,
    pub(super) rows: Vec<(String, String)>,
    pub(super) otherwise: Option<String>,
}

impl Form {
    pub(super) fn of(value: &str) -> Self {
        match Template::of(value) {
            Template::Empty => Self::Empty,
            Template::Joined(parts) => Self::joined(parts),
            Template::Find(find) => Self::Find(find),
            Template::Unclear(why) => Self::Unclear(why),
            Template::Function(expr) => Self::function(expr),
        }
    }

    fn joined(parts: Vec<Part>) -> Self {
        match parts.as_slice() {
            [] => Self::Empty,
            [Part::Text(text)] => Self::Constant(text.clone()),
            [Part::Field(field)] => Self::Field(field.clone()),
            _ => Self::Joined(parts),
        }
    }

    fn function(expr: Expr) -> Self {
        if let Expr::Find(find) = &expr {
            return Self::Find(find.clone());
        }
        if let Some(parts) = joined(&expr) {
            return Self::joined(parts);
        }
        match switch(&expr) {
            Some(switch) => Self::Switch(switch),
            None => Self::Function(expr),
        }
    }

    /// The one field it is about, by itself or inside a function that only writes it differently.
    pub(super) fn time_field(&self) -> Option<&FieldRef> {
        match self {
            Self::Field(field) => Some(field),
            Self::Function(Expr::Call(name, of))
                if matches!(name.as_str(), "date_format" | "date" | "left" | "substring" | "substr") =>
            {
                match of.first()? {
                    Expr::Field(field) => Some(field),
                    Expr::Text(parts) => match parts.as_slice() {
                        [Part::Field(field)] => Some(field),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Texts, fields and figures one behind the other, whatever is put around them for empty ones.
fn joined(expr: &Expr) -> Option<Vec<Part>> {
    match expr {
        Expr::Text(parts) => Some(parts.clone()),
        Expr::Field(field) => Some(vec![Part::Field(field.clone())]),
        Expr::Number(number) => Some(vec![Part::Text(number.to_string())]),
        Expr::Call(name, of) => match (name.as_str(), of.as_slice()) {
            ("concat", of) => {
                let mut all = Vec::new();
                for part in of {
                    all.extend(joined(part)?);
                }
                Some(all)
            }
            ("ifnull" | "coalesce" | "nvl", [value, otherwise]) => {
                let is_nothing = matches!(otherwise, Expr::Null)
                    || matches!(otherwise, Expr::Text(parts) if parts.is_empty());
                if is_nothing { joined(value) } else { None }
            }
            ("trim", [value]) => joined(value),
            _ => None,
        },
        _ => None,
    }
}

fn switch(expr: &Expr) -> Option<Switch> {
    let Expr::Case { of: Some(of), whens, otherwise } = expr else { return None };
    let by = match joined(of)?.as_slice() {
        [Part::Field(field)] => field.clone(),
        _ => return None,
    };
    let rows: Option<Vec<_>> =
        whens.iter().map(|(when, then)| Some((constant(when)?, constant(then)?))).collect();
    let otherwise = match otherwise {
        Some(otherwise) => Some(constant(otherwise)?).filter(|text| !text.is_empty()),
        None => None,
    };
    Some(Switch { by, rows: rows?, otherwise })
}

/// The constant that an expression is.
fn constant(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Bool(truth) => Some(truth.to_string()),
        Expr::Null => Some(String::new()),
        _ => match joined(expr)?.as_slice() {
            [] => Some(String::new()),
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        },
    }
}

/// Whether it is about one of these: a case by a look-up, of which each branch is the field or nothing.
pub(super) fn only_if(expr: &Expr) -> Option<&FieldRef> {
    let Expr::Case { whens, otherwise, .. } = expr else { return None };
    let branches = whens.iter().map(|(_, then)| then).chain(otherwise.as_deref());
    let mut only: Option<&FieldRef> = None;
    for branch in branches {
        let field = match branch {
            Expr::Text(parts) if parts.is_empty() => continue,
            Expr::Null => continue,
            Expr::Field(field) => field,
            Expr::Text(parts) => match parts.as_slice() {
                [Part::Field(field)] => field,
                _ => return None,
            },
            _ => return None,
        };
        if only.is_some_and(|known| known != field) {
            return None;
        }
        only = Some(field);
    }
    only
}
