//! What a value of a scheme says: nothing, a text with fields in it, a look-up in another scheme, or a function.
//! What a function computes is read by `qeasy::expression`.

use super::expression::{Expr, parse};
use super::parts::{Find, Part, find, parts, word};
use crate::lang::Text;

/// A value of a scheme.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Template {
    /// Nothing.
    Empty,
    /// Text and fields, one behind the other.
    Joined(Vec<Part>),
    /// `_findCollection find … from … where …`
    Find(Find),
    /// `_function …`
    Function(Expr),
    /// Something that cannot be understood: what, and why.
    Unclear(Text),
}

impl Template {
    /// Reads a value.
    pub(super) fn of(value: &str) -> Self {
        let value = value.trim();
        if value.is_empty() {
            return Self::Empty;
        }
        if let Some(rest) = word(value, "_findCollection") {
            return find(rest).map_or_else(Self::Unclear, |(find, _)| Self::Find(find));
        }
        if let Some(rest) = word(value, "_function") {
            return parse(rest).map_or_else(Self::Unclear, Self::Function);
        }
        if value.starts_with('_')
            && value.split_whitespace().next().is_some_and(|word| word.ends_with("Query"))
        {
            return Self::Unclear(Text::new(
                "直接查询数据库的表达式",
                "an expression that queries a database",
            ));
        }
        parts(value).map_or_else(Self::Unclear, Self::Joined)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::FieldRef;
    use super::*;

    fn field(path: &str) -> Part {
        Part::Field(FieldRef { path: path.to_owned(), format: String::new() })
    }

    #[test]
    fn fields_stand_in_one_two_or_a_slipped_third_brace() {
        for text in ["{tid}", "{{tid}}", "{{{tid}}", "{{ tid }}"] {
            assert_eq!(Template::of(text), Template::Joined(vec![field("tid")]), "{text}");
        }
        let joined = Template::of("a {{tid}}-{line.remark}b");
        let text = |text: &str| Part::Text(text.to_owned());
        let parts = vec![text("a "), field("tid"), text("-"), field("line.remark"), text("b")];
        assert_eq!(joined, Template::Joined(parts));
        let time = Template::of("{{A|datetime}}");
        let format = FieldRef { path: "A".to_owned(), format: "datetime".to_owned() };
        assert_eq!(time, Template::Joined(vec![Part::Field(format)]));
    }

    #[test]
    fn an_open_brace_is_named_and_braces_around_no_name_are_text() {
        assert!(matches!(Template::of("{{tid"), Template::Unclear(why) if why.en.contains("not closed")));
        assert_eq!(Template::of("{a b}"), Template::Joined(vec![Part::Text("{a b}".to_owned())]));
    }

    #[test]
    fn a_look_up_names_its_column_its_scheme_and_what_it_goes_by() {
        let Template::Find(find) =
            Template::of("_findCollection find FOrg from 11-22 where shop={{shop_no}}")
        else {
            panic!()
        };
        assert_eq!((find.column.as_str(), find.from.as_str()), ("FOrg", "11-22"));
        assert_eq!(find.key().unwrap().path, "shop_no");
        let two = Template::of("_findCollection find a from b where c={{d}} e={{f}}");
        assert!(matches!(two, Template::Find(find) if find.key().is_none() && find.by.len() == 2));
        assert!(matches!(Template::of("_findCollection find a from b"), Template::Unclear(_)));
    }
}
