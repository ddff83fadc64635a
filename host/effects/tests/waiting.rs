//! The timer.

use std::time::Duration;

use cm_effects::timer;

use crate::support::on_one_thread;

#[test]
fn not_before_its_time() {
    on_one_thread(async {
        let deadline = timer::now_ms() + 50;
        timer::until(deadline).await;
        assert!(timer::now_ms() >= deadline);
    });
}

#[test]
fn what_is_past_is_not_waited_for() {
    on_one_thread(async {
        timer::until(0).await;
        timer::until(timer::now_ms()).await;
    });
}

#[test]
fn the_far_future_does_not_overflow() {
    on_one_thread(async {
        let never = timer::until(u64::MAX);
        let soon = tokio::time::timeout(Duration::from_millis(20), never);
        assert!(soon.await.is_err());
    });
}
