%% name: yaws-server
%% title: Yaws
%% role: server
%% http: 1.1
%% install: apt-get install erlang-yaws
%% version: dpkg-query -f '${Version}' -W erlang-yaws
%% run: cp FILE FOLDER/echo.erl && cd FOLDER && erlc echo.erl && exec erl -noshell -pa FOLDER /usr/lib/yaws/ebin -s echo start ARGUMENT
-module(echo).
-export([start/1, out/1, handle_message/1]).

start([Port]) ->
    ok = yaws:start_embedded(".",
        [{port, list_to_integer(atom_to_list(Port))}, {listen, {127, 0, 0, 1}}, {appmods, [{"/", echo}]}],
        [{logdir, "."}], "echo").

out(_) ->
    {websocket, ?MODULE, [{origin, any}]}.

handle_message({text, <<"close me">>}) -> {close, 4002, <<"bye">>};
handle_message({close, Code, _}) -> io:format("closed ~w~n", [Code]), {close, Code};
handle_message({Kind, Data}) -> {reply, {Kind, Data}}.
