//! Returns as a person saved them: an answer of 旺店通, its list alone, or one row; stock-ins beside them.
//! The rows stay as they were written: what they mean is the source's to say.

use super::fault::Fault;
use super::json::{self, Node, Value};
use super::looks::looks_like;
use super::scheme::{File, LARGEST};
use crate::lang::Text;

/// How deep a list may lie.
const DEPTH: usize = 4;

/// The rows of a file.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// 退换单
    pub returns: Vec<Node>,
    /// 销售退货入库单
    pub stockins: Vec<Node>,
}

impl Sample {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(file: &File) -> Result<Self, Box<Fault>> {
        let fix = Text::new(
            "给出旺店通 wdt.refund.query 的应答，或其中的 refunds 列表",
            "give an answer of wdt.refund.query, or the list of refunds in it",
        );
        if file.text.len() > LARGEST {
            let message = Text::new("文件过大", "the file is too large");
            return Err(Box::new(Fault::whole(&file.name, message, fix)));
        }
        let reading = json::read(&file.text);
        let mut sample = Self::default();
        for document in &reading.documents {
            sample.take(document, 0);
        }
        if !sample.returns.is_empty() || !sample.stockins.is_empty() {
            return Ok(sample);
        }
        if let Some(broken) = reading.broken.into_iter().next() {
            return Err(Box::new(broken.of(&file.name)));
        }
        let like = looks_like(&file.text, reading.documents.first());
        let message =
            Text::of(format!("里面没有退换单：{}", like.zh), format!("holds no returns: {}", like.en));
        Err(Box::new(Fault::whole(&file.name, message, fix)))
    }

    fn take(&mut self, node: &Node, depth: usize) {
        let is_row = !node.entries().is_empty();
        if is_row && node.get("refund_order_list").is_some() {
            self.returns.push(node.clone());
        } else if is_row && node.get("details_list").is_some() {
            self.stockins.push(node.clone());
        } else if depth < DEPTH {
            let inner = node.items().iter().chain(node.entries().iter().map(|(_, node)| node));
            inner.for_each(|node| self.take(node, depth + 1));
        }
    }

    /// The stock-ins of a return.
    pub fn stockins_of(&self, refund: &Node) -> impl Iterator<Item = &Node> {
        let number = refund.text_of("refund_no");
        self.stockins.iter().filter(move |stockin| stockin.text_of("src_order_no") == number)
    }

    /// Every value that a field of ours has in these rows: `shop_no`, `line.spec_no`.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        let mut note = |value: String| {
            if !value.is_empty() && !values.contains(&value) {
                values.push(value);
            }
        };
        for row in self.returns.iter().chain(&self.stockins) {
            match name.strip_prefix("line.") {
                Some(key) => super::interpret::lines(row).iter().for_each(|line| note(line.text_of(key))),
                None => note(row.text_of(name)),
            }
        }
        values
    }
}

/// A row as JSON text, figures as they were written.
pub fn to_json(node: &Node) -> String {
    let mut text = String::new();
    write(node, &mut text);
    text
}

fn write(node: &Node, text: &mut String) {
    let quoted = |plain: &str| serde_json::Value::from(plain).to_string();
    match &node.value {
        Value::Null => text.push_str("null"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(number),
        Value::Text(plain) | Value::Bare(plain) => text.push_str(&quoted(plain)),
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(entries) => {
            text.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&quoted(key));
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
    }
}
