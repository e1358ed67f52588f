// name: mono-client
// title: Mono's ClientWebSocket
// role: client
// http: 1.1
// install: apt-get install mono-runtime mono-mcs libmono-cil-dev
// version: command -v mcs >/dev/null && dpkg-query -f '${Version}' -W mono-runtime
// run: mcs -out:FOLDER/peer.exe FILE -r:System.dll && exec mono FOLDER/peer.exe ARGUMENT
using System;
using System.IO;
using System.Net.WebSockets;
using System.Text;
using System.Threading;

class MonoClient
{
    static void Main(string[] args)
    {
        var none = CancellationToken.None;
        var socket = new ClientWebSocket();
        socket.ConnectAsync(new Uri(args[0]), none).Wait();
        var buffer = new ArraySegment<byte>(new byte[4096]);
        while (socket.State == WebSocketState.Open || socket.State == WebSocketState.CloseSent)
        {
            var whole = new MemoryStream();
            WebSocketReceiveResult part;
            do
            {
                part = socket.ReceiveAsync(buffer, none).Result;
                whole.Write(buffer.Array, 0, part.Count);
            } while (!part.EndOfMessage);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                Console.WriteLine("closed " + (int)part.CloseStatus);
                if (socket.State == WebSocketState.CloseReceived)
                    socket.CloseOutputAsync(part.CloseStatus.Value, part.CloseStatusDescription, none).Wait();
                return;
            }
            var data = whole.ToArray();
            if (Encoding.UTF8.GetString(data) == "close me")
                socket.CloseOutputAsync((WebSocketCloseStatus)4002, "bye", none).Wait();
            else
                socket.SendAsync(new ArraySegment<byte>(data), part.MessageType, true, none).Wait();
        }
    }
}
