use crate::model::Data;
use crate::template::{Source, Template};
use crate::yaml::{Node, Value};

/// What becomes JSON: texts without quotes that JSON would read as a number or
/// a truth are that.
pub(super) fn data(node: &Node) -> Data {
    match &node.value {
        Value::Null => Data::Null,
        Value::Scalar {
            text, plain: true, ..
        } if is_bare(text) => Data::Bare(text.clone()),
        Value::Scalar { text, raw, .. } => {
            Data::Text(Template::new(text, &Source::new(raw, node.at)))
        }
        Value::List(items) => Data::List(items.iter().map(data).collect()),
        Value::Map { pairs, .. } => Data::Map(
            pairs
                .iter()
                .map(|(key, node)| (key.text.clone(), data(node)))
                .collect(),
        ),
    }
}

pub(super) fn is_bare(text: &str) -> bool {
    if matches!(text, "true" | "false") {
        return true;
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    number(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(number)
}
