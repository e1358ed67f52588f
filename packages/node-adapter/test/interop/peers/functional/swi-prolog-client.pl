% name: swi-prolog-client
% title: SWI-Prolog's own WebSocket
% role: client
% http: 1.1
% install: apt-get install swi-prolog-nox
% version: swipl --version
% run: exec swipl -g main FILE -- ARGUMENT
% notes: asks by HTTP/1.0, and is refused with 505, unless `library(http/http_stream)` is loaded
:- use_module(library(http/http_stream)).
:- use_module(library(http/websocket)).

main :-
    current_prolog_flag(argv, [URL|_]),
    http_open_websocket(URL, Socket, []),
    echo(Socket),
    halt.

echo(Socket) :-
    ws_receive(Socket, Message),
    (   Message.opcode == close
    ->  format("closed ~w~n", [Message.code]), flush_output,
        ws_close(Socket, Message.code, "")
    ;   Message.data == "close me"
    ->  ws_close(Socket, 4002, "bye")
    ;   ws_send(Socket, Message), echo(Socket)
    ).
