//! A FilterString that is a list of conditions: Left, FieldName, Compare, Value, Right, Logic. It becomes the same tokens
//! as a text would.

use rust_decimal::Decimal;

use super::super::json::Json;
use super::token::{self, Token};

pub(super) fn tokens(terms: &[Json]) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    for (index, term) in terms.iter().enumerate() {
        signs(&term.text("Left"), '(', &mut tokens)?;
        let key = term.text("FieldName").trim().to_owned();
        if key.is_empty() {
            return Err(term.to_string());
        }
        tokens.push(Token::Word(key));
        comparison(term, &mut tokens)?;
        signs(&term.text("Right"), ')', &mut tokens)?;
        if index + 1 < terms.len() {
            tokens.push(Token::Word(logic(&term.text("Logic"))?.to_owned()));
        }
    }
    Ok(tokens)
}

fn signs(text: &str, wanted: char, tokens: &mut Vec<Token>) -> Result<(), String> {
    for sign in text.chars().filter(|c| !c.is_whitespace()) {
        if sign != wanted {
            return Err(text.to_owned());
        }
        tokens.push(Token::Sign(sign.to_string()));
    }
    Ok(())
}

fn logic(text: &str) -> Result<&'static str, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "0" | "and" => Ok("and"),
        "1" | "or" => Ok("or"),
        _ => Err(text.to_owned()),
    }
}

/// The comparison as a word or as one of the codes that clients are known to send; another code is not guessed.
fn comparison(term: &Json, tokens: &mut Vec<Token>) -> Result<(), String> {
    let compare = term.text("Compare").trim().to_ascii_lowercase();
    let words = match compare.as_str() {
        "67" | "17" => "=",
        "39" => ">=",
        "=" | "<>" | "!=" | "<" | "<=" | ">" | ">=" | "like" | "not like" | "in" | "not in" | "is null"
        | "is not null" => compare.as_str(),
        _ => return Err(format!("Compare {compare}")),
    };
    for word in words.split(' ') {
        let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic());
        tokens.push(if is_word { Token::Word(word.to_owned()) } else { Token::Sign(word.to_owned()) });
    }
    if words.ends_with("null") {
        return Ok(());
    }
    let value = term.text("Value");
    if words.ends_with("in") {
        tokens.push(Token::Sign("(".to_owned()));
        for (index, item) in value.trim_matches(['(', ')']).split(',').enumerate() {
            if index > 0 {
                tokens.push(Token::Sign(",".to_owned()));
            }
            tokens.push(literal(item));
        }
        tokens.push(Token::Sign(")".to_owned()));
        return Ok(());
    }
    let number = match term.get("Value") {
        Some(Json::Number(text)) => Decimal::from_str_exact(text).ok(),
        _ => None,
    };
    tokens.push(number.map_or_else(|| literal(&value), Token::Number));
    Ok(())
}

/// A value that may be in quotes already.
fn literal(text: &str) -> Token {
    match token::tokens(text.trim()) {
        Ok(tokens) if matches!(&*tokens, [Token::Text(_)]) => tokens.into_iter().next(),
        _ => None,
    }
    .unwrap_or_else(|| Token::Text(text.trim().to_owned()))
}
