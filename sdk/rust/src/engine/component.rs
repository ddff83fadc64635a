//! From an adapter to what the contract wants exported.

use std::cell::RefCell;
use std::marker::PhantomData;

use super::bindings::exports::cm::engine::adapter::{Guest, GuestTurn};
use super::{
    Action, Adapter, Dialogue, Error, Failure, Finding, Health, Info, Input, Machine, Request,
    Service,
};

/// An adapter as a component; see [`export_engine!`](crate::export_engine).
#[derive(Debug)]
pub struct Component<A>(PhantomData<A>);

/// A turn as a resource.
#[derive(Debug)]
pub struct Turn<A>(RefCell<Machine<A>>);

impl<A: Adapter> Guest for Component<A> {
    type Turn = Turn<A>;

    fn describe() -> Info {
        A::describe()
    }

    fn diagnose(findings: Vec<Finding>) -> Health {
        A::diagnose(&findings)
    }
}

impl<A: Adapter> GuestTurn for Turn<A> {
    fn new(request: Request) -> Self {
        Self(RefCell::new(Machine::new(request)))
    }

    fn next(&self, input: Input) -> Result<Vec<Action>, Error> {
        match self.0.try_borrow_mut() {
            Ok(mut machine) => machine.next(input),
            // A turn imports nothing, so nothing can call back into it.
            Err(_) => Err(busy()),
        }
    }
}

fn busy() -> Error {
    Error::Other(Failure::new(
        "busy",
        "The turn is still at work on its last input.",
    ))
}

/// A service as a component; see [`export_service!`](crate::export_service).
#[derive(Debug)]
pub struct ServiceComponent<S>(PhantomData<S>);

/// A turn of a service as a resource.
#[derive(Debug)]
pub struct ServiceTurn<S>(RefCell<Dialogue<S>>);

impl<S: Service> Guest for ServiceComponent<S> {
    type Turn = ServiceTurn<S>;

    fn describe() -> Info {
        S::describe()
    }

    fn diagnose(findings: Vec<Finding>) -> Health {
        S::diagnose(&findings)
    }
}

impl<S: Service> GuestTurn for ServiceTurn<S> {
    fn new(request: Request) -> Self {
        Self(RefCell::new(Dialogue::new(request)))
    }

    fn next(&self, input: Input) -> Result<Vec<Action>, Error> {
        match self.0.try_borrow_mut() {
            Ok(mut dialogue) => dialogue.next(input),
            Err(_) => Err(busy()),
        }
    }
}

/// Exports a [`Service`](crate::engine::Service) as the world `cm:engine/engine`; nothing
/// on other targets than WebAssembly.
#[macro_export]
macro_rules! export_service {
    ($service:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::engine::ServiceComponent<$service>;
    $crate::engine::bindings::export!(Exported with_types_in $crate::engine::bindings);
        };
    };
}

/// Exports an [`Adapter`](crate::engine::Adapter) as the world `cm:engine/engine`.
///
/// Does nothing on other targets than WebAssembly, so that an adapter's own tests
/// are ordinary tests.
#[macro_export]
macro_rules! export_engine {
    ($adapter:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::engine::Component<$adapter>;
    $crate::engine::bindings::export!(Exported with_types_in $crate::engine::bindings);
        };
    };
}
