//! The grammar of conditions: `and`, `or`, `not`, parentheses, comparisons, `in`, `like`, `between`, `is null`.

use super::condition::{Condition, Literal, is_met};
use super::token::Token;

pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    pub(super) fn of(tokens: Vec<Token>) -> Self {
        Self { tokens, at: 0 }
    }

    /// All of it.
    pub(super) fn condition(mut self) -> Result<Condition, String> {
        if self.tokens.is_empty() {
            return Ok(Condition::All(Vec::new()));
        }
        let condition = self.any()?;
        if self.at < self.tokens.len() { Err(self.here("")) } else { Ok(condition) }
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.word("not") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.sign("(") {
            let inner = self.any()?;
            return if self.sign(")") { Ok(inner) } else { Err(self.here("缺少右括号")) };
        }
        let key = match self.next() {
            Some(Token::Word(key)) => key,
            Some(Token::Number(_) | Token::Text(_)) => {
                self.at -= 1;
                return self.constant();
            }
            _ => {
                self.at -= 1;
                return Err(self.here("缺少字段"));
            }
        };
        if self.word("is") {
            let negated = self.word("not");
            let null = Condition::Null { key };
            return if self.word("null") { Ok(not_if(negated, null)) } else { Err(self.here("缺少null")) };
        }
        let negated = self.word("not");
        if self.word("in") {
            return Ok(not_if(negated, self.list(key)?));
        }
        if self.word("like") {
            let value = self.literal()?;
            return Ok(not_if(negated, Condition::Compare { key, operator: "like".to_owned(), value }));
        }
        if self.word("between") {
            let low = self.literal()?;
            if !self.word("and") {
                return Err(self.here("缺少and"));
            }
            let high = self.literal()?;
            let compare = |operator: &str, value| Condition::Compare {
                key: key.clone(),
                operator: operator.to_owned(),
                value,
            };
            return Ok(not_if(negated, Condition::All(vec![compare(">=", low), compare("<=", high)])));
        }
        let operator = self.operator()?;
        Ok(not_if(negated, Condition::Compare { key, operator, value: self.literal()? }))
    }

    /// `1=1`: a comparison that asks about nothing.
    fn constant(&mut self) -> Result<Condition, String> {
        let left = self.literal()?;
        let operator = self.operator()?;
        let ordering = match (left, self.literal()?) {
            (Literal::Number(left), Literal::Number(right)) => left.cmp(&right),
            (Literal::Text(left), Literal::Text(right)) => left.cmp(&right),
            _ => return Err(self.here("类型不同")),
        };
        Ok(Condition::Always(is_met(&operator, ordering)))
    }

    fn operator(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Sign(operator)) if !["(", ")", ",", "!"].contains(&operator.as_str()) => Ok(operator),
            _ => {
                self.at -= 1;
                Err(self.here("缺少比较符"))
            }
        }
    }

    fn list(&mut self, key: String) -> Result<Condition, String> {
        if !self.sign("(") {
            return Err(self.here("缺少左括号"));
        }
        let mut values = vec![self.literal()?];
        while self.sign(",") {
            values.push(self.literal()?);
        }
        if self.sign(")") { Ok(Condition::In { key, values }) } else { Err(self.here("缺少右括号")) }
    }

    fn literal(&mut self) -> Result<Literal, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Literal::Text(text)),
            Some(Token::Number(number)) => Ok(Literal::Number(number)),
            _ => {
                self.at -= 1;
                Err(self.here("缺少值"))
            }
        }
    }

    /// What is wrong, and where: the text from here on.
    fn here(&self, why: &str) -> String {
        let rest: Vec<String> = self.tokens.iter().skip(self.at).map(Token::shown).collect();
        format!("{}{}{why}", rest.join(" "), if rest.is_empty() || why.is_empty() { "" } else { "：" })
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn word(&mut self, wanted: &str) -> bool {
        self.eat(|token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted)))
    }

    fn sign(&mut self, wanted: &str) -> bool {
        self.eat(|token| matches!(token, Token::Sign(sign) if sign == wanted))
    }

    fn eat(&mut self, wanted: impl Fn(&Token) -> bool) -> bool {
        let found = self.tokens.get(self.at).is_some_and(wanted);
        self.at += usize::from(found);
        found
    }
}

fn not_if(negated: bool, condition: Condition) -> Condition {
    if negated { Condition::Not(Box::new(condition)) } else { condition }
}
