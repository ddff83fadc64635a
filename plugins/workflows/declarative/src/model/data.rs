use crate::template::Template;

/// A value that becomes JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// `null`.
    #[default]
    Null,
    /// A number or a truth, as JSON writes it.
    Bare(String),
    /// A text.
    Text(Template),
    /// An array.
    List(Vec<Data>),
    /// An object.
    Map(Vec<(String, Data)>),
}

impl Data {
    /// The texts in it, in order.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Null | Self::Bare(_) => Vec::new(),
            Self::Text(template) => vec![template],
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Map(pairs) => pairs
                .iter()
                .flat_map(|(_, value)| value.templates())
                .collect(),
        }
    }
}
