%% name: gun-client
%% title: gun
%% role: client
%% http: 1.1
%% install: apt-get install rabbitmq-server
%% version: ls /usr/lib/rabbitmq/lib/*/plugins/ | grep gun
%% run: cp FILE FOLDER/echo.erl && cd FOLDER && erlc echo.erl && exec erl -noshell -pa FOLDER -pa /usr/lib/rabbitmq/lib/*/plugins/*/ebin -run echo start ARGUMENT
%% notes: as RabbitMQ brings it; the application must answer a close frame, or the close waits
-module(echo).
-export([start/1]).

start([Url]) ->
    {ok, _} = application:ensure_all_started(gun),
    #{host := Host, port := Port} = uri_string:parse(Url),
    {ok, Connection} = gun:open(Host, Port, #{retry => 0, protocols => [http]}),
    {ok, http} = gun:await_up(Connection),
    Stream = gun:ws_upgrade(Connection, "/", [], #{compress => true}),
    receive
        {gun_upgrade, Connection, Stream, _, _} -> echo(Connection)
    end.

echo(Connection) ->
    receive
        {gun_ws, Connection, _, {text, <<"close me">>}} ->
            gun:ws_send(Connection, {close, 4002, <<"bye">>}), echo(Connection);
        {gun_ws, Connection, _, {close, Code, _}} ->
            io:format("closed ~w~n", [Code]),
            gun:ws_send(Connection, {close, Code, <<>>}), echo(Connection);
        {gun_ws, Connection, _, Frame} ->
            gun:ws_send(Connection, Frame), echo(Connection);
        {gun_down, Connection, _, _, _, _} -> ok;
        {gun_down, Connection, _, _, _} -> ok
    end.
