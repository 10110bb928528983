//! FilterString at the simulated site, as text or as a list of conditions: a parser strict enough to catch what a
//! builder lets slip. Its tokens are in `filter/token`, its grammar in `filter/parser`; keys are told by `query`.

mod condition;
mod parser;
mod terms;
mod token;

pub(super) use self::condition::Condition;
use self::parser::Parser;
use super::json::Json;

/// Parses a FilterString; an empty one is every bill.
pub(super) fn of_text(text: &str) -> Result<Condition, String> {
    Parser::of(token::tokens(text)?).condition()
}

/// Reads a FilterString that is a list of conditions; an empty one is every bill.
pub(super) fn of_terms(conditions: &[Json]) -> Result<Condition, String> {
    Parser::of(terms::tokens(conditions)?).condition()
}
