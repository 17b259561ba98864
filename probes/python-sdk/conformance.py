"""What the official Python SDK, unmodified, makes of the API at ANTHROPIC_BASE_URL: one case a run, one line of JSON with what it saw."""

import json
import sys

from anthropic import Anthropic, APIStatusError

REQUEST = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 1024,
    "messages": [{"role": "user", "content": "Write a long text."}],
}
FIELDS = (
    "case ok text_chars thinking_chars tools stop_reason input_tokens error_class error_type status request_id".split()
)

client = Anthropic(max_retries=0)


def check(holds, complaint):
    if not holds:
        raise AssertionError(complaint)


def text():
    seen = streamed("end_turn")
    check(seen["text_chars"] > 0, "no text came")
    return seen


def thinking():
    seen = streamed("end_turn")
    check(seen["thinking_chars"] > 0, "no thinking came")
    return seen


def tool_use():
    seen = streamed("tool_use")
    check(seen["tools"], "no tool call came")
    return seen


def streamed(stop_reason):
    """The same answer twice: put together here from raw events, and by the SDK's helper."""
    raw = described(assembled())
    with client.messages.stream(**REQUEST) as stream:
        seen = described(stream.get_final_message())
        request_id = stream.request_id
    check(raw == seen, f"raw events and the helper differ: {raw}, {seen}")
    check(seen["stop_reason"] == stop_reason, f"stop_reason is {seen['stop_reason']}")
    return {**seen, "request_id": request_id}


def assembled():
    message, pieces = None, {}
    for event in client.messages.create(**REQUEST, stream=True):
        if event.type == "message_start":
            message = event.message
        elif event.type == "content_block_start":
            message.content.append(event.content_block)
        elif event.type == "message_delta":
            message.stop_reason = event.delta.stop_reason
        elif event.type == "content_block_delta":
            block, delta = message.content[event.index], event.delta
            if delta.type == "text_delta":
                block.text += delta.text
            elif delta.type == "thinking_delta":
                block.thinking += delta.thinking
            elif delta.type == "signature_delta":
                block.signature = delta.signature
            elif delta.type == "input_json_delta":
                pieces[event.index] = pieces.get(event.index, "") + delta.partial_json
    for index, piece in pieces.items():
        message.content[index].input = json.loads(piece)
    return message


def described(message):
    texts = [block.text for block in message.content if block.type == "text"]
    thoughts = [block for block in message.content if block.type == "thinking"]
    tools = [block for block in message.content if block.type == "tool_use"]
    check(all(block.signature for block in thoughts), "a thinking block has no signature")
    check(all(isinstance(block.input, dict) and block.input for block in tools), "a tool call has no input")
    return {
        "text_chars": sum(map(len, texts)),
        "thinking_chars": sum(len(block.thinking) for block in thoughts),
        "tools": [block.name for block in tools],
        "stop_reason": message.stop_reason,
    }


def error():
    try:
        client.messages.create(**{**REQUEST, "model": "probe-fault-rate-limit"}, stream=True)
    except APIStatusError as raised:
        return failure(raised)
    raise AssertionError("there was no error")


def mid_stream_error():
    text_chars = 0
    try:
        for event in client.messages.create(**{**REQUEST, "model": "probe-fault-mid-stream"}, stream=True):
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                text_chars += len(event.delta.text)
    except APIStatusError as raised:
        check(text_chars > 0, "no text had come before the error")
        return {"text_chars": text_chars, **failure(raised)}
    raise AssertionError("there was no error")


def failure(raised):
    check(raised.type, f"the error has no type: {raised}")
    return {
        "error_class": type(raised).__name__,
        "error_type": raised.type,
        "status": raised.status_code,
        "request_id": raised.request_id,
    }


def whole():
    message = client.messages.create(**REQUEST)
    return {**described(message), "request_id": message._request_id}


def count():
    counted = client.messages.count_tokens(model=REQUEST["model"], messages=REQUEST["messages"])
    return {"input_tokens": counted.input_tokens, "request_id": counted._request_id}


def beta():
    text_chars = 0
    with client.beta.messages.create(**REQUEST, stream=True) as stream:
        for event in stream:
            if event.type == "content_block_delta":
                text_chars += len(event.delta.text)
        return {"text_chars": text_chars, "request_id": stream.response.headers["request-id"]}


def models():
    model = client.models.list().data[0]
    one = client.models.retrieve(model.id)
    check(one.id == model.id, f"{one.id} is not {model.id}")
    return {"model": one.id, "request_id": one._request_id}


CASES = {
    "text": text,
    "thinking": thinking,
    "tool-use": tool_use,
    "error": error,
    "mid-stream-error": mid_stream_error,
    "whole": whole,
    "beta": beta,
    "models": models,
    "count": count,
}

if len(sys.argv) != 2 or sys.argv[1] not in CASES:
    print(f"conformance: name one case: {', '.join(CASES)}", file=sys.stderr)
    sys.exit(2)
try:
    seen = CASES[sys.argv[1]]()
    check(seen["request_id"], "no request id came")
except Exception as error:
    complaint = str(error).partition("\n")[0]
    sys.exit(f"conformance {sys.argv[1]}: {type(error).__name__}: {complaint}")
print(json.dumps({**dict.fromkeys(FIELDS), "case": sys.argv[1], "ok": True, **seen}))
