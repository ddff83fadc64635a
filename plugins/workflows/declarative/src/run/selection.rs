use super::host::Host;
use crate::model::Selector;

/// What was chosen before the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Selection {
    track: Option<String>,
    conditions: Vec<String>,
}

impl Selection {
    pub(super) fn of<H: Host>(host: &H) -> Self {
        let chosen = host.setting("selected_conditions").unwrap_or_default();
        let conditions = chosen.split(',').map(str::trim).filter(|id| !id.is_empty());
        Self {
            track: host
                .setting("selected_track")
                .filter(|track| !track.is_empty()),
            conditions: conditions.map(Into::into).collect(),
        }
    }

    /// Why what asks for `selector` does not take part; none when it does.
    pub(super) fn refuses(&self, selector: &Selector) -> Option<String> {
        let chosen = |id: &str| self.conditions.iter().any(|condition| condition == id);
        let fits = |track: &String| selector.tracks.iter().any(|(wanted, _)| wanted == track);
        if !selector.tracks.is_empty() && !self.track.as_ref().is_some_and(fits) {
            return Some(match &self.track {
                Some(track) => format!("not for track {track}"),
                None => "no track was chosen".into(),
            });
        }
        if let Some((missing, _)) = selector.conditions.iter().find(|(id, _)| !chosen(id)) {
            return Some(format!("not without condition {missing}"));
        }
        let any = &selector.conditions_any;
        if !any.is_empty() && !any.iter().any(|(id, _)| chosen(id)) {
            let ids: Vec<_> = any.iter().map(|(id, _)| id.as_str()).collect();
            return Some(match ids.as_slice() {
                [one] => format!("not without condition {one}"),
                _ => format!("not without one of the conditions {}", ids.join(", ")),
            });
        }
        None
    }
}
