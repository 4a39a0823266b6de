use crate::model::{Finding, HostFacts};
use serde::{Deserialize, Serialize};

/// A question with the answer that belongs to it.
pub trait Call: Into<Request> {
    /// What comes back.
    type Answer;
    /// Takes the answer out of a reply; `None` when the agent answered another question.
    fn answer(reply: Reply) -> Option<Self::Answer>;
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* } -> $answer:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            pub struct $name { $(pub $field: $type),* }
            impl From<$name> for Request { fn from(call: $name) -> Self { Self::$name(call) } }
            impl Call for $name {
                type Answer = $answer;
                fn answer(reply: Reply) -> Option<$answer> {
                    #[allow(irrefutable_let_patterns, reason = "a table of one line has one variant")]
                    if let Reply::$name(answer) = reply { Some(answer) } else { None }
                }
            }
        )*
        /// Every question the manager may ask. Append only.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Request { $($name($name)),* }
        /// The answers, in the order of the questions.
        #[allow(clippy::large_enum_variant, reason = "one per conversation, never in a list")]
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Reply { $($name($answer)),* }
    };
}

calls! {
    /// What is this host?
    DescribeHost {} -> HostFacts;
    /// Is anything wrong with it?
    RunDoctor {} -> Vec<Finding>;
}
