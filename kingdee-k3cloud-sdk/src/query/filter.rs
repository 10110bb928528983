//! Conditions of a query as values. Rendered, they are the server's SQL-like text; a value can
//! never become part of the condition, whatever it contains. Queries are in the parent module.

mod literal;

use std::fmt::Write as _;

use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

pub use self::literal::Literal;

/// How many values one `in` list should hold; see [`Filter::is_in_chunks`].
pub const IN_LIST_MAX: usize = 100;

/// A condition. Build it from the functions below; [`render`](Self::render) gives the text.
///
/// ```
/// use kingdee_k3cloud_sdk::Filter;
/// let filter = Filter::eq("FDocumentStatus", "A").and(Filter::is_in("FBillNo", ["a", "O'Brien"]));
/// assert_eq!(filter.render().unwrap(), "FDocumentStatus = 'A' and FBillNo in ('a','O''Brien')");
/// ```
///
/// Kept with serde, it is the values that it was built from, and not the text: what is read again can become no other condition.
/// One with a [`raw`](Self::raw) part is therefore neither kept nor read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter(Node);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Node {
    Compare {
        key: String,
        operator: Operator,
        value: Literal,
    },
    In {
        key: String,
        values: Vec<Literal>,
    },
    Null {
        key: String,
    },
    Not(Box<Node>),
    Between {
        key: String,
        low: Literal,
        high: Literal,
    },
    And(Vec<Node>),
    Or(Vec<Node>),
    // Whoever can write what is read could write any condition so. The last one: formats that keep a variant's place count
    // this one when they write, and do not when they read.
    #[serde(serialize_with = "refuse_raw", skip_deserializing)]
    Raw(String),
}

/// How a key is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Operator {
    #[serde(rename = "=")]
    Eq,
    #[serde(rename = "<>")]
    Ne,
    #[serde(rename = "<")]
    Lt,
    #[serde(rename = "<=")]
    Le,
    #[serde(rename = ">")]
    Gt,
    #[serde(rename = ">=")]
    Ge,
    #[serde(rename = "like")]
    Like,
}

/// Why a condition cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadFilter {
    /// A key with other characters than letters, digits, `_` and `.`.
    #[error("{0:?} is no field key")]
    Key(String),
    /// A list without values: it would mean everything or nothing.
    #[error("a condition on {0:?} has no values")]
    Empty(String),
    /// A group without conditions, or a raw text without content: it would mean everything or nothing.
    #[error("a condition says nothing: it would mean everything or nothing")]
    Nothing,
}

impl Filter {
    /// `key = value`
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::eq("FBillNo", "TK1").render()?, "FBillNo = 'TK1'");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn eq(key: impl Into<String>, value: impl Into<Literal>) -> Self {
        Self::compare(key, Operator::Eq, value)
    }

    /// `key <> value`
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::ne("FCancelStatus", "B").render()?, "FCancelStatus <> 'B'");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn ne(key: impl Into<String>, value: impl Into<Literal>) -> Self {
        Self::compare(key, Operator::Ne, value)
    }

    /// `key < value`
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::lt("FRealQty", 10).render()?, "FRealQty < 10");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn lt(key: impl Into<String>, value: impl Into<Literal>) -> Self {
        Self::compare(key, Operator::Lt, value)
    }

    /// `key <= value`
    pub fn le(key: impl Into<String>, value: impl Into<Literal>) -> Self {
        Self::compare(key, Operator::Le, value)
    }

    /// `key > value`
    pub fn gt(key: impl Into<String>, value: impl Into<Literal>) -> Self {
        Self::compare(key, Operator::Gt, value)
    }

    /// `key >= value`
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::chrono;
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::ge("FDate", chrono::NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()).render()?, "FDate >= '2026-11-01'");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn ge(key: impl Into<String>, value: impl Into<Literal>) -> Self {
        Self::compare(key, Operator::Ge, value)
    }

    /// `key like 'pattern'`: `%` stands for any text, `_` for any character.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::like("FBillNo", "XSTH%").render()?, "FBillNo like 'XSTH%'");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn like(key: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self::compare(key, Operator::Like, Literal::Text(pattern.into()))
    }

    /// The field contains this text, whatever characters it has: `%`, `_` and `[` stand for themselves, in the way of SQL
    /// Server (`[%]`); on another database, try it first.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::contains("FHeadNote", "5%").render()?, "FHeadNote like '%5[%]%'");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn contains(key: impl Into<String>, text: &str) -> Self {
        Self::like(key, format!("%{}%", literally(text)))
    }

    /// The field starts with this text, as [`contains`](Self::contains) takes it.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::starts_with("FBillNo", "A_").render()?, "FBillNo like 'A[_]%'");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn starts_with(key: impl Into<String>, text: &str) -> Self {
        Self::like(key, format!("{}%", literally(text)))
    }

    /// `key is null`
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::is_null("FThirdBillNo").render()?, "FThirdBillNo is null");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn is_null(key: impl Into<String>) -> Self {
        Self(Node::Null { key: key.into() })
    }

    /// `not (…)`. In SQL a comparison with null is neither true nor false, and so is its opposite.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::not(Filter::is_null("FThirdBillNo")).render()?, "not (FThirdBillNo is null)");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    #[allow(clippy::should_implement_trait, reason = "it does, too: `!filter`")]
    pub fn not(filter: Self) -> Self {
        Self(match filter.0 {
            Node::Not(inner) => *inner,
            node => Node::Not(Box::new(node)),
        })
    }

    /// `not (key in (…))`. At least one value is needed.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::not_in("FDocumentStatus", ["Z", "A"]).render()?, "not (FDocumentStatus in ('Z','A'))");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn not_in<V: Into<Literal>>(key: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Self::not(Self::is_in(key, values))
    }

    /// A condition as it stands, for what has no function here. **Nothing in it is escaped**: put no value of others into
    /// it. It is not kept with serde.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// // What no other constructor says; nothing of it is escaped.
    /// let filter = Filter::raw("FDate >= DATEADD(day, -7, GETDATE())").and(Filter::eq("FBillNo", "O'Neill"));
    /// assert!(filter.render()?.ends_with("and FBillNo = 'O''Neill'"));
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn raw(condition: impl Into<String>) -> Self {
        Self(Node::Raw(condition.into()))
    }

    /// `key in (…)`. At least one value is needed.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::is_in("FBillNo", ["TK1", "O'Brien"]).render()?, "FBillNo in ('TK1','O''Brien')");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn is_in<V: Into<Literal>>(key: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Self(Node::In { key: key.into(), values: values.into_iter().map(Into::into).collect() })
    }

    /// [`is_in`](Self::is_in) conditions of at most [`IN_LIST_MAX`] values each.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// let numbers: Vec<String> = (0..250).map(|n| format!("TK{n}")).collect();
    /// assert_eq!(Filter::is_in_chunks("FBillNo", &numbers).count(), 3);
    /// ```
    pub fn is_in_chunks<V: Into<Literal> + Clone>(key: &str, values: &[V]) -> impl Iterator<Item = Self> {
        values.chunks(IN_LIST_MAX).map(move |chunk| Self::is_in(key, chunk.iter().cloned()))
    }

    /// `key >= low and key <= high`, both ends included.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::between("FRealQty", 1, 5).render()?, "FRealQty >= 1 and FRealQty <= 5");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn between(key: impl Into<String>, low: impl Into<Literal>, high: impl Into<Literal>) -> Self {
        Self(Node::Between { key: key.into(), low: low.into(), high: high.into() })
    }

    /// Both conditions.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// let filter = Filter::eq("FDocumentStatus", "C").and(Filter::gt("FRealQty", 0));
    /// assert_eq!(filter.render()?, "FDocumentStatus = 'C' and FRealQty > 0");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// Either condition.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::eq("FBillNo", "TK1").or(Filter::eq("FThirdBillNo", "TK1")).render()?, "FBillNo = 'TK1' or FThirdBillNo = 'TK1'");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }

    /// Every one of the conditions. At least one is needed.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        let split = |filter: Self| match filter.0 {
            Node::And(nodes) => nodes,
            node => vec![node],
        };
        Self(Node::group(filters.into_iter().flat_map(split).collect(), Node::And))
    }

    /// At least one of the conditions. At least one is needed.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert_eq!(Filter::any(["A", "B"].map(|status| Filter::eq("FDocumentStatus", status))).render()?, "FDocumentStatus = 'A' or FDocumentStatus = 'B'");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        let split = |filter: Self| match filter.0 {
            Node::Or(nodes) => nodes,
            node => vec![node],
        };
        Self(Node::group(filters.into_iter().flat_map(split).collect(), Node::Or))
    }

    /// The FilterString.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Filter;
    /// assert!(Filter::eq("FBillNo or 1=1 --", "x").render().is_err(), "no field key");
    /// assert!(Filter::is_in("FBillNo", [""; 0]).render().is_err(), "it would mean nothing");
    /// ```
    pub fn render(&self) -> Result<String, BadFilter> {
        let mut text = String::new();
        self.0.render(&mut text)?;
        Ok(text)
    }

    fn compare(key: impl Into<String>, operator: Operator, value: impl Into<Literal>) -> Self {
        Self(Node::Compare { key: key.into(), operator, value: value.into() })
    }
}

impl Operator {
    fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Like => "like",
        }
    }
}

impl Node {
    /// A group; one condition is itself. So a group inside a group always has several members.
    fn group(mut nodes: Vec<Self>, of: impl Fn(Vec<Self>) -> Self) -> Self {
        if nodes.len() == 1 { nodes.remove(0) } else { of(nodes) }
    }

    fn render(&self, text: &mut String) -> Result<(), BadFilter> {
        match self {
            Self::Compare { key, operator, value } => {
                // Writing to a String cannot fail, here and below.
                let _ = write!(text, "{} {} ", checked(key)?, operator.as_str());
                value.render(text);
            }
            Self::In { key, values } => {
                let _ = write!(text, "{} in (", checked(key)?);
                let (first, rest) = values.split_first().ok_or_else(|| BadFilter::Empty(key.clone()))?;
                first.render(text);
                for value in rest {
                    text.push(',');
                    value.render(text);
                }
                text.push(')');
            }
            Self::Null { key } => {
                let _ = write!(text, "{} is null", checked(key)?);
            }
            Self::Not(node) => {
                text.push_str("not (");
                node.render(text)?;
                text.push(')');
            }
            Self::Raw(condition) if condition.trim().is_empty() => {
                return Err(BadFilter::Nothing);
            }
            Self::Raw(condition) => text.push_str(condition),
            Self::Between { key, low, high } => {
                let key = checked(key)?;
                let _ = write!(text, "{key} >= ");
                low.render(text);
                let _ = write!(text, " and {key} <= ");
                high.render(text);
            }
            Self::And(nodes) => {
                join(nodes, " and ", text, |node| matches!(node, Self::Or(_) | Self::Raw(_)))?;
            }
            // `and` binds tighter; these parentheses are for people.
            Self::Or(nodes) => {
                join(nodes, " or ", text, |node| {
                    matches!(node, Self::And(_) | Self::Between { .. } | Self::Raw(_))
                })?;
            }
        }
        Ok(())
    }
}

fn refuse_raw<S: Serializer>(_condition: &str, _serializer: S) -> Result<S::Ok, S::Error> {
    Err(S::Error::custom("a raw condition is not kept: it would not be read again, as it could be any"))
}

fn join(
    nodes: &[Node],
    between: &str,
    text: &mut String,
    wrap: impl Fn(&Node) -> bool,
) -> Result<(), BadFilter> {
    if nodes.is_empty() {
        return Err(BadFilter::Nothing);
    }
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            text.push_str(between);
        }
        let wrapped = wrap(node);
        if wrapped {
            text.push('(');
        }
        node.render(text)?;
        if wrapped {
            text.push(')');
        }
    }
    Ok(())
}

/// A text in which no character of a pattern stands for anything but itself.
fn literally(text: &str) -> String {
    text.chars().fold(String::new(), |mut pattern, c| {
        if matches!(c, '%' | '_' | '[') {
            pattern.extend(['[', c, ']']);
        } else {
            pattern.push(c);
        }
        pattern
    })
}

/// Letters, digits, `_` and `.`, not starting with a digit or a dot.
pub(super) fn is_key(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

fn checked(key: &str) -> Result<&str, BadFilter> {
    if is_key(key) { Ok(key) } else { Err(BadFilter::Key(key.to_owned())) }
}

impl std::ops::Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self::not(self)
    }
}
