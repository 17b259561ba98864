//! Why a request gets an error instead of an answer, whatever the dialect.

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The request is not as the API asks for it.
    Invalid,
    /// It has no key, or not the right one.
    NoKey,
    /// It is not allowed.
    Forbidden,
    /// It asks for what is not there.
    NotFound,
    /// It has a method that its path has not.
    Method,
    /// It did not come in time.
    TooSlow,
    /// It is larger than any request may be.
    TooLarge,
    /// It is beyond a rate limit.
    RateLimit,
    /// The server has too much to do.
    Overloaded,
    /// The API behind this server cannot be reached, or not be understood.
    Unreachable,
}

impl Problem {
    /// All of them.
    pub const ALL: [Problem; 10] = [
        Problem::Invalid,
        Problem::NoKey,
        Problem::Forbidden,
        Problem::NotFound,
        Problem::Method,
        Problem::TooSlow,
        Problem::TooLarge,
        Problem::RateLimit,
        Problem::Overloaded,
        Problem::Unreachable,
    ];
}

/// An error that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// What is wrong.
    pub problem: Problem,
    /// For people.
    pub message: String,
}

impl ApiError {
    /// An error of that kind.
    pub fn new(problem: Problem, message: impl Into<String>) -> ApiError {
        ApiError { problem, message: message.into() }
    }

    /// The request is not as the API asks for it.
    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new(Problem::Invalid, message)
    }

    /// The server has too much to do.
    pub fn overloaded(message: impl Into<String>) -> ApiError {
        ApiError::new(Problem::Overloaded, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(Problem::NotFound, message)
    }
}
