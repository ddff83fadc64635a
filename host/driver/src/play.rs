//! A turn on its stage, from the first input to the last.

use std::time::Duration;

use cm_effects::{EndedBy, Recorded, Scratch};
use cm_orchestrator::{Attempt, Clock, Input, TaskState, Then};
use cm_types::{Error, Input as Heard, Reply, TurnWork};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior},
};

use crate::{
    Engine, Stop,
    attempt::{no_scratch, stopped},
    failure,
    floor::Floor,
    grants::{Granted, has},
    patience::EXCUSE,
    stage::{Cast, Deeds, Happening, Stage},
    times,
    vigil::{Silence, Vigil},
    wishes::Wishes,
};

/// What happens next on a stage.
enum Happened {
    Came(Option<Happening>),
    Answered(String, u32, Result<(), String>),
    Stopped(Stop),
    Silent(Silence),
    DidNotLeave,
    Nothing,
}

impl Floor {
    /// Plays a turn.
    pub(crate) async fn play(
        &self,
        attempt: &Attempt,
        work: &TurnWork,
        engine: &Engine,
        granted: &Granted,
        stop: &mut watch::Receiver<Stop>,
        recorded: &mut Option<Recorded>,
    ) -> Result<Reply, Error> {
        let scratch = Scratch::new().map_err(|error| no_scratch(&error))?;
        let workspace = self.enter(attempt)?;
        self.look_around(attempt, &workspace.directory).await;
        let servers = granted.servers()?;
        let request = self.request(attempt, work, &workspace, &scratch, servers)?;
        let deeds = Deeds::new(&workspace.directory, &request);
        let turn = engine
            .adapter
            .turn(request)
            .map_err(|fault| failure::guest(&fault))?;
        let environment = granted.environment();
        let mut stage = Stage::new(
            self,
            attempt,
            engine,
            &scratch,
            workspace,
            environment,
            Cast { turn, deeds },
        );
        stage.hear(Heard::Begin).await?;
        let mut wishes = Wishes::new(self, attempt, &work.agent);
        let times = stage.times();
        let mut vigil = Vigil::new(times.idle.unwrap_or(times.total));
        let mut look = tokio::time::interval(pace(&vigil, times.total));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut asks, mut leaves_by, mut exit) = (false, None, None);
        loop {
            for permission in stage.wishes() {
                if let Some(id) = wishes.ask(permission) {
                    stage.hear(Heard::Denied(id)).await?;
                }
            }
            if stage.is_done() && leaves_by.is_none() {
                vigil.end();
                leaves_by = Some(Instant::now() + times.after_answer);
            }
            let asked = asks || wishes.is_open();
            stage.excuse(asked);
            vigil.excuse(asked || granted.is_waited_for());
            let happened = tokio::select! {
                biased;
                stop = stopped(stop) => Happened::Stopped(stop),
                () = until(leaves_by) => Happened::DidNotLeave,
                (id, task, granted) = wishes.answered() => Happened::Answered(id, task, granted),
                _ = look.tick() => Happened::Nothing,
                happening = stage.next() => Happened::Came(happening),
                silence = vigil.silence() => Happened::Silent(silence),
            };
            match happened {
                Happened::Came(None) => break,
                Happened::Came(Some(happening)) => {
                    vigil.hear();
                    exit = stage.take(happening).await?.or(exit);
                }
                Happened::Answered(id, task, granted) => {
                    wishes.tell(task, &granted).await;
                    let heard = match granted {
                        Ok(()) => Heard::Granted(id),
                        Err(_) => Heard::Denied(id),
                    };
                    stage.hear(heard).await?;
                }
                Happened::Stopped(stop) => {
                    vigil.end();
                    exit = stage.end(stop).await?.or(exit);
                }
                Happened::Silent(silence) => {
                    if self.silent(attempt, engine, silence, vigil.idle()) {
                        stage.hear(Heard::Cancelled).await?;
                        stage.stop(EndedBy::Idle).await?;
                    }
                }
                Happened::DidNotLeave => {
                    // A time that is over is not over a second time.
                    leaves_by = Some(Instant::now() + Duration::from_secs(3600));
                    let (clock, time) = (Clock::AfterAnswer, times.after_answer);
                    times::tell(&self.ledger, attempt.task, clock, time, Then::Stopped);
                    stage.stop(EndedBy::Stopped).await?;
                }
                Happened::Nothing => {
                    asks = self.ledger.look(|run| run.asks_within(attempt.task));
                }
            }
        }
        *recorded = stage.recorded(exit.as_ref());
        stage.result(exit)
    }

    /// An agent says nothing. Whether it is to be stopped now for good; one that is told
    /// to go on is stopped by who decides that.
    fn silent(&self, attempt: &Attempt, engine: &Engine, silence: Silence, idle: Duration) -> bool {
        let task = attempt.task;
        match silence {
            Silence::Half => {
                times::tell(&self.ledger, task, Clock::Idle, idle, Then::Warned);
                false
            }
            Silence::Whole => {
                self.ledger.input(Input::Silent {
                    task,
                    ms: times::whole(idle),
                    resumes: has(&engine.info, "resume"),
                });
                let held = |state: &TaskState| *state == TaskState::Queued;
                !self
                    .ledger
                    .look(|run| run.task(task).is_some_and(|task| held(&task.state)))
            }
        }
    }
}

/// How often it is looked whether the agent waits for somebody.
fn pace(vigil: &Vigil, total: Duration) -> Duration {
    let shortest = Duration::from_millis(50);
    (vigil.idle().min(total) / 8).clamp(shortest, EXCUSE)
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
