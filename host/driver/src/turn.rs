//! Turns of agents.

use cm_effects::{Output, Recorded, Scratch};
use cm_orchestrator::Attempt;
use cm_types::{Error, Failure, Input as Heard, Reply, TurnWork};
use tokio::sync::watch;

use crate::{
    Stop,
    attempt::{Done, no_scratch, stopped},
    failure,
    floor::Floor,
    stage::Stage,
};

impl Floor {
    pub(crate) async fn turn(
        &self,
        attempt: &Attempt,
        work: &TurnWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let mut recorded = None;
        let result = self.run_turn(attempt, work, &mut stop, &mut recorded).await;
        Done { result, recorded }
    }

    async fn run_turn(
        &self,
        attempt: &Attempt,
        work: &TurnWork,
        stop: &mut watch::Receiver<Stop>,
        recorded: &mut Option<Recorded>,
    ) -> Result<Reply, Error> {
        let name = work.engine.as_deref().unwrap_or_default();
        if let Some(failure) = self.catalog.no_engine(name) {
            return Err(Error::Missing(failure));
        }
        let engine = self
            .catalog
            .engine(name)
            .map_err(|error| Error::Other(Failure::new("broken-engine", error.to_string())))?;
        let scratch = Scratch::new().map_err(|error| no_scratch(&error))?;
        let request = self.request(attempt, work, &scratch)?;
        let turn = engine
            .adapter
            .turn(request)
            .map_err(|fault| failure::guest(&fault))?;
        let mut stage = Stage::new(self, attempt, &engine, &scratch, turn);
        stage.hear(Heard::Begin).await?;
        let mut exit = None;
        while let Some(process) = stage.process() {
            let output = tokio::select! {
                output = process.next() => output,
                stop = stopped(stop) => {
                    stage.end(stop).await?;
                    continue;
                }
            };
            match output {
                Output::Stdout(bytes) => stage.stdout(bytes).await?,
                Output::Stderr(bytes) => stage.hear(Heard::Stderr(bytes)).await?,
                Output::Exited(left) => exit = Some(stage.exited(left).await?),
            }
            if stage.is_done() {
                exit = stage.leave().await?.or(exit);
            }
        }
        *recorded = exit.as_ref().and_then(|exit| exit.recorded.clone());
        stage.result(exit)
    }
}
