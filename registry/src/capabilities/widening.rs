use crate::Capabilities;

/// What a new version could do and the old one could not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Widening {
    /// The new part.
    pub capabilities: Capabilities,
}

impl Widening {
    /// Whether nothing is new.
    pub fn is_empty(&self) -> bool {
        self.capabilities.is_empty()
    }

    /// A sentence for each thing that is new.
    pub fn lines(&self) -> Vec<String> {
        let rows = self.capabilities.table().into_iter();
        rows.map(|row| format!("it could now {}", row.meaning))
            .collect()
    }
}

/// What `new` asks for beyond `old`.
pub fn difference(old: &Capabilities, new: &Capabilities) -> Widening {
    Widening {
        capabilities: new.beyond(old),
    }
}
