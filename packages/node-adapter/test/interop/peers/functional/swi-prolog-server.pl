% name: swi-prolog-server
% title: SWI-Prolog's own WebSocket
% role: server
% http: 1.1
% install: apt-get install swi-prolog-nox
% version: swipl --version
% run: exec swipl -g main FILE -- ARGUMENT
% notes: answers a close with 1000 whatever the code was
:- use_module(library(http/thread_httpd)).
:- use_module(library(http/http_dispatch)).
:- use_module(library(http/websocket)).

:- http_handler(/, http_upgrade_to_websocket(echo, []), [spawn([])]).

main :-
    current_prolog_flag(argv, [Argument|_]),
    atom_number(Argument, Port),
    http_server(http_dispatch, [port('127.0.0.1':Port)]),
    thread_get_message(_).

echo(Socket) :-
    ws_receive(Socket, Message),
    (   Message.opcode == close
    ->  format("closed ~w~n", [Message.code]), flush_output
    ;   Message.data == "close me"
    ->  ws_close(Socket, 4002, "bye")
    ;   ws_send(Socket, Message), echo(Socket)
    ).
