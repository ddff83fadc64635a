use super::choices::Given;
use super::order::Place;
use super::references::Reader;
use crate::problem::Problems;
use crate::template::Placeholder;

impl<'m> Reader<'_, 'm> {
    /// A step may be left out because of what was chosen.
    pub(super) fn left_out<'p>(
        &self,
        placeholder: &Placeholder,
        name: &str,
        places: impl Iterator<Item = &'p Place<'m>>,
        problems: &mut Problems,
    ) where
        'm: 'p,
    {
        if placeholder.optional {
            return;
        }
        let givers: Vec<_> = places
            .map(|place| self.order.when(place.top, place.step))
            .collect();
        let optional = format!("write {{!{}}}: empty then", placeholder.name);
        match self.order.ways.given(&self.when, &givers) {
            Given::Always => {}
            Given::Not(when) => problems.warning(
                placeholder.at,
                format!(
                    "{} has no value when {when}: the step `{name}` is left out then",
                    placeholder.token()
                ),
                optional,
            ),
            Given::Never => problems.error(
                placeholder.at,
                format!(
                    "{} never has a value: the step `{name}` is always left out when this is used",
                    placeholder.token()
                ),
                "look at the `tracks` and `conditions` of both",
            ),
        }
    }
}
