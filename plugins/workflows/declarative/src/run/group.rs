//! Steps that run at the same time, as one step.

use super::course::How;
use super::crew::Crew;
use super::host::Host;
use super::merger::Merger;
use super::outcome;
use super::plan::Part;
use super::results::Output;
use super::worker::{State, Worker};
use crate::model::{OnFailure, Step};
use crate::read::Files;

impl<'r, H: Host + Files> Crew<'_, 'r, H> {
    /// A group begins, or does not for this reason.
    pub(super) fn open(&mut self, at: usize, group: &'r Step, kept_back: Option<State<'r>>) {
        let Some(state) = kept_back else {
            let place = self.run.place(group, None);
            self.run.host.mark(&place, "started", None);
            return self.end(at, State::Over(How::Done));
        };
        let own: Vec<usize> = self.own(group).collect();
        for node in own {
            self.end(node, state.clone());
        }
    }

    /// The nodes of a group.
    fn own(&self, group: &'r Step) -> impl Iterator<Item = usize> + '_ {
        let nodes = self.plan.nodes.iter().enumerate();
        nodes.filter_map(move |(at, node)| {
            let own = node.part.group()?;
            std::ptr::eq(own, group).then_some(at)
        })
    }

    /// How the steps of a group ended that ran.
    fn ends(&self, group: &'r Step) -> Vec<(&'r Step, How<'r>)> {
        let ends = self.own(group).filter_map(|at| {
            let part = self.plan.nodes.get(at)?.part;
            match (part, self.states.get(at)?) {
                (Part::Child(step, _), State::Over(how)) => Some((step, how.clone())),
                _ => None,
            }
        });
        ends.collect()
    }

    /// What a step, or those of a group, did in workspaces is brought back, when all is
    /// well.
    pub(super) fn merge(&mut self, at: usize, owner: &'r Step) {
        if !owner.is_group() {
            let needs = self.plan.nodes.get(at).map(|node| node.needs.as_slice());
            let own = needs.and_then(|needs| self.states.get(*needs.first()?));
            match own.cloned() {
                Some(State::Over(How::Done)) | None => {}
                Some(state) => return self.end(at, state),
            }
        }
        if let Some(why) = self.ended() {
            let how = How::Left(why.into());
            return self.end(at, State::Over(how));
        }
        let ends = self.ends(owner);
        let well = ends.iter().all(|(step, how)| match how {
            How::Done | How::Left(_) => true,
            How::Failed(_) => step.on_failure == OnFailure::Continue,
            How::Jump(_) | How::Stopped(_) => false,
        });
        let done: Vec<&'r Step> = match owner.is_group() {
            true if well => ends
                .into_iter()
                .filter(|(_, how)| *how == How::Done)
                .map(|(step, _)| step)
                .collect(),
            true => Vec::new(),
            false => vec![owner],
        };
        let mut merger = Box::new(Merger::new(self.run, owner, &done));
        let begun = merger.begin(self.run);
        self.sort(at, Worker::Merger(merger), begun);
    }

    /// A group ends.
    pub(super) fn close(&mut self, at: usize, group: &'r Step) {
        let own: Vec<usize> = self.own(group).collect();
        for node in &own {
            if let Some(member) = self.kept.remove(node) {
                member.keep(self.run);
                if self.states.get(*node) == Some(&State::Over(How::Done)) {
                    self.run.done.insert(member.step.id.clone());
                }
            }
        }
        let texts = group.children().iter().filter_map(|child| {
            let output = self.run.results.of_step(&child.id)?;
            Some(format!("## {}\n\n{}", child.id, output.text.trim_end()))
        });
        let text = texts.collect::<Vec<_>>().join("\n\n");
        let output = Output {
            text,
            ..Output::default()
        };
        self.run.results.put(group, output);
        let ends = self.ends(group);
        let merged = own.iter().find_map(|node| {
            let part = self.plan.nodes.get(*node)?.part;
            match (part, self.states.get(*node)?) {
                (Part::Merge(_), State::Over(how)) if *how != How::Done => Some(how.clone()),
                _ => None,
            }
        });
        let how = match (outcome::of_group(&ends), merged) {
            (How::Done, Some(how)) => how,
            (how, _) => how,
        };
        let cut = ends.iter().any(|(_, how)| matches!(how, How::Left(_)));
        let how = match (how, self.ended()) {
            (How::Done, Some(why)) if cut => How::Left(why.into()),
            (how, _) => how,
        };
        let place = self.run.place(group, None);
        self.run.mark_end(&place, group, &how, &[]);
        if how == How::Done {
            self.run.done.insert(group.id.clone());
        }
        let how = self.settle_group(group, &ends, how);
        self.end(at, State::Over(how));
    }

    /// Writes what is to be written after a group, when the run goes on.
    fn settle_group(
        &mut self,
        group: &'r Step,
        ends: &[(&'r Step, How<'r>)],
        how: How<'r>,
    ) -> How<'r> {
        let over = matches!(how, How::Failed(_)) && group.on_failure == OnFailure::Stop;
        if over || how.is_final() {
            return how;
        }
        for (step, end) in ends {
            // A child that failed is written after as long as the run goes on.
            let end = match end {
                How::Failed(_) => &How::Done,
                end => end,
            };
            if let Err(error) = self.run.settle(step, end) {
                return outcome::unwritten(how, error);
            }
        }
        match self.run.settle(group, &how) {
            Ok(()) => how,
            Err(error) => outcome::unwritten(how, error),
        }
    }

    /// Ends every group that has begun, because the run has ended.
    pub(super) fn close_all(&mut self) {
        for at in 0..self.plan.nodes.len() {
            let Some(Part::Close(group)) = self.plan.nodes.get(at).map(|node| node.part) else {
                continue;
            };
            let open = self.own(group).next();
            let begun = open.and_then(|open| self.states.get(open));
            if begun == Some(&State::Over(How::Done)) && self.states.get(at) == Some(&State::New) {
                self.close(at, group);
            }
        }
    }
}
